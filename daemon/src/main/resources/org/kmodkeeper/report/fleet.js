const box = document.getElementById('filter');
const rows = Array.from(document.getElementById('hosts').rows);
const texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
function show() {
  const words = box.value.toLowerCase().split(' ');
  let fitting = 0;
  rows.forEach(function (row, at) {
    const fits = words.every(function (word) { return texts[at].includes(word); });
    row.hidden = !fits;
    fitting += fits;
  });
  document.getElementById('count').textContent = fitting + ' of ' + rows.length;
}
document.getElementById('search').hidden = false;
box.addEventListener('input', show);
show();
