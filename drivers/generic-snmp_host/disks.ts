/** Which names of block devices are whole disks: not their parts, and not what is made of them. */

/** sda1, nvme0n1p1, mmcblk0p2, c0d0p1, c0t0d0s0, ada0p1, da0s1a, disk0s1, sata1p1, "sd0,a", wd0a. */
const PARTS = [
  /^(sd|hd|vd|xvd|ubd|dasd)(?!isk)[a-z]+\d+$/,
  /\d[ps]\d+[a-h]?$/,
  /\d,[a-z]$/,
  /^(sd|wd|ld)\d+[a-p]$/,
];
/** Made of disks (md, LVM, device mapper, ZFS volumes), of memory or files, remote, removable, or second paths. */
const OTHERS = [
  /^(loop|ram|zram|fd|sr|scd|cd|md|dm-|nbd|rbd|drbd|zd|mtd|mtdblock|bcache|pass|ses|lofi|vnd?)\d/,
  /^nvme\d+c\d+n\d+$/,
  /^mmcblk\d+(boot|gp|rpmb)/,
  /^(mirror|stripe|raid|concat|label|gpt|gptid|ufs|mapper|zvol)\//,
  /\.eli$/,
];

export function isWholeDisk(name: string): boolean {
  return ![...PARTS, ...OTHERS].some((pattern) => pattern.test(name));
}
