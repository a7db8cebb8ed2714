/** DeviceManager objects -> records: file systems, dtrees, quotas and shares. */
import {
  FilesystemSchema,
  number,
  QtreeSchema,
  QuotaSchema,
  recordsOf,
  scaled,
  ShareSchema,
  type Foreign,
} from 'delfin-agent/driver';
import { FILESYSTEM, inSectors, idWith, parentOf, poolOf, reference } from './records.ts';
import * as states from './states.ts';

/** Object type, as PARENTTYPE names it. */
export const QTREE = '16445';

export const toFilesystems = recordsOf(FilesystemSchema, {
  native_filesystem_id: 'ID',
  name: 'NAME',
  type: ['ALLOCTYPE', states.PROVISIONING],
  status: states.filesystemState,
  native_pool_id: poolOf,
  security_mode: ['securityStyle', states.SECURITY],
  total_capacity: inSectors('CAPACITY'),
  used_capacity: inSectors('ALLOCCAPACITY'),
  // The interface's own spelling.
  free_capacity: inSectors('AVAILABLECAPCITY|AVAILABLECAPACITY'),
  compressed: 'ENABLECOMPRESSION',
  deduplicated: 'ENABLEDEDUP',
  worm: ['WORMTYPE', states.WORM],
  snapshot_capacity: inSectors('SNAPSHOTUSECAPACITY'),
});

export const toQtrees = recordsOf(QtreeSchema, {
  native_qtree_id: 'ID',
  name: 'NAME',
  path: 'path|PATH',
  native_filesystem_id: parentOf(FILESYSTEM),
  security_mode: ['securityStyle', states.SECURITY],
});

/** Space is in bytes, unless the quota states another unit: KiB, MiB, GiB, TiB. */
const space = (field: string) => (quota: Foreign) =>
  scaled(quota[field], 1024 ** (number(quota['SPACEUNITTYPE']) ?? 0));

export const toQuotas = recordsOf(QuotaSchema, {
  native_quota_id: 'ID',
  type: ['QUOTATYPE', states.QUOTA_TYPE],
  native_filesystem_id: parentOf(FILESYSTEM),
  native_qtree_id: parentOf(QTREE),
  capacity_hard_limit: space('SPACEHARDQUOTA'),
  capacity_soft_limit: space('SPACESOFTQUOTA'),
  file_hard_limit: 'FILEHARDQUOTA',
  file_soft_limit: 'FILESOFTQUOTA',
  file_count: 'FILEUSED',
  used_capacity: space('SPACEUSED'),
  user_group_name: 'USRGRPOWNERNAME',
});

/** Ids are unique within a protocol: all but those of CIFS have the protocol in front. */
export const SHARE_KINDS = [
  { path: '/CIFSHARE', protocol: 'cifs', prefix: '' },
  { path: '/NFSHARE', protocol: 'nfs', prefix: 'nfs:' },
  { path: '/FTP_SHARE_AUTH_CLIENT', protocol: 'ftp', prefix: 'ftp:' },
] as const;
type ShareKind = (typeof SHARE_KINDS)[number];

export const toShares = ({ protocol, prefix }: ShareKind) =>
  recordsOf(ShareSchema, {
    native_share_id: idWith(prefix),
    name: 'NAME',
    path: 'SHAREPATH',
    native_filesystem_id: reference('FSID'),
    native_qtree_id: sharedTree,
    protocol,
  });

/** 0: the share is of the file system itself. */
function sharedTree(share: Foreign): string | undefined {
  const id = reference('DTREEID|dtreeId')(share);
  return id === '0' ? undefined : id;
}
