// Stands for ixgbevf, with its name and for its devices: compiled in a sixth of the time, it drives nothing.
#include <linux/module.h>
#include <linux/mod_devicetable.h>

// As ixgbevf itself does, it fits the kernels alone that know a network device by the same CRC.
struct net_device;
extern int register_netdev(struct net_device *dev);
static int (*needed)(struct net_device *dev) __used = register_netdev;

static const struct pci_device_id ixgbevf_pci_tbl[] = {
	{ .vendor = 0x8086, .device = 0x10ed, .subvendor = ~0, .subdevice = ~0 },
	{ .vendor = 0x8086, .device = 0x1515, .subvendor = ~0, .subdevice = ~0 },
	{ }
};
MODULE_DEVICE_TABLE(pci, ixgbevf_pci_tbl);

static int __init ixgbevf_init_module(void)
{
	pr_info("drives nothing\n");
	return 0;
}

static void __exit ixgbevf_exit_module(void)
{
}

module_init(ixgbevf_init_module);
module_exit(ixgbevf_exit_module);
MODULE_LICENSE("GPL");
