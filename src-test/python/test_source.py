"""What can be seen of the plugins without running them."""
import ast
import os
import sys
import unittest

PLUGINS = os.path.abspath(os.path.join(os.path.dirname(__file__), '../../yum-plugin'))

# The syntax that Python 2.6 and 3 share, as the names of ast's node classes. Not among it: set and
# dict displays by comprehension, f-strings, nonlocal, starred names, annotations, `yield from` …
SHARED = set("""
    Module Expr Assign AugAssign Return Raise Assert Pass Break Continue Global Import ImportFrom
    alias FunctionDef ClassDef arguments arg If For While Try ExceptHandler With withitem
    BoolOp And Or BinOp Add Sub Mult Div Mod BitOr BitAnd BitXor UnaryOp Not USub Invert Lambda
    IfExp Dict ListComp GeneratorExp comprehension Compare Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn
    Call keyword Attribute Subscript Slice Index Name Tuple List Constant Load Store Del Delete
""".split())


def source(plugin, name='kmodkeeper.py'):
    with open(os.path.join(PLUGINS, plugin, name), encoding='ascii') as file:
        return file.read()


class SourceTest(unittest.TestCase):
    def test_a_plugin_is_under_190_lines_of_code_of_at_most_100_columns(self):
        for plugin in 'dnf4', 'yum3':
            with self.subTest(plugin):
                lines = source(plugin).splitlines()

                self.assertLess(len([line for line in lines if line.strip()]), 190)
                self.assertLessEqual(max(map(len, lines)), 100)

    def test_a_configuration_is_under_15_lines(self):
        for plugin in 'dnf4', 'yum3':
            self.assertLess(len(source(plugin, 'kmodkeeper.conf').splitlines()), 15)

    def test_a_plugin_imports_the_standard_library_and_its_host_only(self):
        for plugin, name, host in (('dnf4', 'kmodkeeper.py', {'dnf', 'libdnf'}),
                                   ('dnf5', 'preflight-answers', set()),
                                   ('yum3', 'kmodkeeper.py', {'yum'})):
            with self.subTest(plugin):
                imported = set()
                for node in ast.walk(ast.parse(source(plugin, name))):
                    if isinstance(node, ast.Import):
                        imported |= {alias.name for alias in node.names}
                    elif isinstance(node, ast.ImportFrom):
                        imported.add(node.module.partition('.')[0])

                self.assertLessEqual(imported, set(sys.stdlib_module_names) | host)

    def test_the_dnf_plugin_is_python_3_6_which_el_8_has(self):
        ast.parse(source('dnf4'), feature_version=(3, 6))

    def test_the_yum_plugin_is_python_2_6_which_el_6_has(self):
        for node in ast.walk(ast.parse(source('yum3'))):
            with self.subTest(line=getattr(node, 'lineno', None)):
                self.assertIn(type(node).__name__, SHARED)
                if isinstance(node, ast.With):
                    self.assertEqual(len(node.items), 1)
                if isinstance(node, ast.Raise):
                    self.assertIsNone(node.cause)
                if isinstance(node, ast.FunctionDef):
                    self.assertEqual(node.args.kwonlyargs + node.args.posonlyargs, [])
                    self.assertEqual([arg.annotation for arg in node.args.args if arg.annotation],
                                     [])
                if isinstance(node, ast.Attribute):  # 2.6 knows no '{}' without a number
                    self.assertNotEqual(node.attr, 'format')
                if isinstance(node, ast.Call):
                    self.assertNotIn(ast.unparse(node.func), ('print', 'super'))
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith('code'):
                    self.assertEqual(len(node.args), 1)  # Python 2 would take it for ASCII
                    self.assertEqual(node.keywords, [])  # 2.6: decode() takes no keywords

    def test_python_2_has_a_parser_that_takes_the_yum_plugin(self):
        try:
            from lib2to3 import pygram, pytree
            from lib2to3.pgen2 import driver
        except ImportError:
            self.skipTest('this Python has no lib2to3')
        grammar = pygram.python_grammar  # the one in which print is a statement, as in Python 2

        driver.Driver(grammar, convert=pytree.convert).parse_string(source('yum3'))
