/** What is asked for of each resource. An array that does not know all of it is asked for all it has. */

export const FIELDS = {
  cluster: 'id,global_id,name,state,primary_appliance_id,system_time',
  appliance: 'id,name,model,mode',
  node: 'id,slot,appliance_id',
  hardware:
    'id,name,type,lifecycle_state,stale_state,parent_id,appliance_id,slot,part_number,serial_number,extra_details',
  software_installed: 'id,is_cluster,release_version,appliance',
  volume: 'id,name,description,type,wwn,appliance_id,state,size,logical_used,protection_data',
  volume_group: 'id,name,description,type,volumes',
  host: 'id,name,description,os_type,host_initiators',
  initiator: 'id,host_id,port_name,port_type,active_sessions',
  host_group: 'id,name,description,hosts',
  host_volume_mapping: 'id,host_id,host_group_id,volume_id',
  fc_port:
    'id,name,appliance_id,node_id,wwn,is_link_up,supported_speeds,current_speed,sfp_id,stale_state',
  eth_port:
    'id,name,appliance_id,node_id,mac_address,is_link_up,supported_speeds,current_speed,sfp_id,stale_state',
  eth_be_port: 'id,name,appliance_id,node_id,mac_address,is_link_up,speed,sfp_id,stale_state',
  sas_port: 'id,name,appliance_id,node_id,is_link_up,speed,sfp_id,stale_state',
  bond: 'id,name,is_link_up,status',
  ip_port: 'id,eth_port_id,bond_id',
  ip_pool_address: 'id,address,network_id,ip_port_id,appliance_id,node_id,purposes',
  network: 'id,prefix_length',
  nas_server: 'id,operational_status,current_node_id',
  file_system:
    'id,name,nas_server_id,parent_id,filesystem_type,size_total,size_used,access_policy,flr_attributes',
  file_tree_quota: 'id,file_system_id,path,hard_limit,soft_limit,size_used',
  file_user_quota:
    'id,file_system_id,tree_quota_id,uid,unix_name,windows_name,windows_sid,hard_limit,soft_limit,size_used',
  nfs_export: 'id,file_system_id,name,path',
  smb_share: 'id,file_system_id,name,path',
  replication_session:
    'id,state,role,resource_type,type,last_sync_timestamp,local_resource_id,remote_resource_id,remote_system_id,progress_percentage',
  remote_system: 'id,name',
  alert:
    'id,event_code,severity,resource_type,resource_id,resource_name,description_l10n,raised_timestamp,state,events',
  snmp_server: 'id,ip_address,port,version',
} as const;

export type ResourceName = keyof typeof FIELDS;

export interface Asked {
  /** Only these attributes, which all arrays have. */
  readonly select?: string;
  /** Attribute -> `eq.value`. */
  readonly filter?: Readonly<Record<string, string>>;
}

export const VOLUMES = { filter: { type: 'neq.Snapshot' } } as const satisfies Asked;
export const SNAPSHOTS = {
  filter: { type: 'eq.Snapshot' },
  select: 'id,type,appliance_id,protection_data',
} as const satisfies Asked;
export const NODES = {
  filter: { type: 'eq.Node' },
  select: 'id,name,type,lifecycle_state,appliance_id,slot',
} as const satisfies Asked;
