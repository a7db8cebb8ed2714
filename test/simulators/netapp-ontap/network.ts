/** Ports, and the interfaces (LIFs) on them. */
import { nodeName, nodeUuid } from './hardware.ts';
import { at, known, uuidOf, type Shown } from './types.ts';

const node = (index: number) => ({ name: nodeName(index), uuid: nodeUuid(index) });

const FC_STATES = [
  ['online', 'connected', 'normal'],
  ['link_not_connected', 'disconnected', 'unknown'],
  ['link_disconnected', 'disconnected', 'abnormal'],
  ['offlined_by_user', 'disconnected', 'unknown'],
  ['offlined_by_system', 'disconnected', 'abnormal'],
  ['node_offline', 'unknown', 'unknown'],
  ['blinking', 'unknown', 'unknown'],
] as const;

export function fcPorts(): Shown[] {
  return FC_STATES.map(([state, link, health], index) => {
    const isUp = state === 'online';
    const wwpn = `50:0a:09:81:80:1b:00:0${index}`;
    const isEthernet = index === 6;
    return {
      record: known({
        uuid: uuidOf(2, index),
        name: `${index % 4}e`,
        node: node(index % 2),
        state,
        enabled: state !== 'offlined_by_user',
        wwnn: '50:0a:09:80:80:1b:00:00',
        wwpn,
        physical_protocol: isEthernet ? 'ethernet' : 'fibre_channel',
        speed: { configured: 'auto', maximum: index === 1 ? 'auto' : '32' },
        fabric: { connected: isUp, ...(isUp ? { connected_speed: 16, name: '10:00' } : {}) },
        supported_protocols: ['fcp'],
      }),
      truth: known({
        native_port_id: uuidOf(2, index),
        name: `${index % 4}e`,
        location: nodeName(index % 2),
        type: isEthernet ? 'fcoe' : 'fc',
        logical_type: 'physical',
        connection_status: link,
        health_status: health,
        native_parent_id: nodeUuid(index % 2),
        speed: isUp ? 16_000_000_000 : undefined,
        max_speed: index === 1 ? undefined : 32_000_000_000,
        wwn: wwpn,
      }),
    };
  });
}

const ETHERNET = [
  ['e0a', 'physical', 'up', 'physical', 'connected', 'normal'],
  ['e0b', 'physical', 'down', 'physical', 'disconnected', 'unknown'],
  ['e0c', 'physical', 'degraded', 'physical', 'connected', 'abnormal'],
  ['a0a', 'lag', 'up', 'if-group', 'connected', 'normal'],
  ['a0a-100', 'vlan', 'up', 'vlan', 'connected', 'normal'],
  ['e0a', 'physical', 'up', 'physical', 'connected', 'normal'],
  ['e0x', 'quantum', 'entangled', 'other', 'unknown', 'unknown'],
] as const;

export function ethernetPorts(): Shown[] {
  return ETHERNET.map(([name, type, state, layer, link, health], index) => {
    const isUp = state === 'up';
    const owner = index === 5 ? 1 : 0;
    const mac = `d0:39:ea:29:ce:0${index}`;
    return {
      record: known({
        uuid: uuidOf(3, index),
        name,
        type,
        state,
        enabled: true,
        node: node(owner),
        mac_address: mac,
        mtu: 1_500,
        // Without a link there is no speed; a virtual port says 0.
        speed: isUp ? (type === 'vlan' ? 0 : 10_000) : undefined,
        vlan:
          type === 'vlan'
            ? { tag: 100, base_port: { name: 'a0a', uuid: uuidOf(3, 3), node: node(0) } }
            : undefined,
        lag:
          type === 'lag' ? { mode: 'multimode_lacp', member_ports: [{ name: 'e0a' }] } : undefined,
      }),
      truth: known({
        native_port_id: uuidOf(3, index),
        name,
        location: nodeName(owner),
        type: 'eth',
        logical_type: layer,
        connection_status: link,
        health_status: health,
        native_parent_id: type === 'vlan' ? uuidOf(3, 3) : nodeUuid(owner),
        speed: isUp && type !== 'vlan' ? 10_000_000_000 : undefined,
        mac_address: mac,
      }),
    };
  });
}

const LIFS = [
  ['cluster_mgmt', 30, ['management_core', 'management_https'], 'cluster-mgmt', 'cluster'],
  ['mgmt0', 0, ['management_core', 'management_ssh'], 'node-mgmt', 'cluster'],
  ['mgmt1', 1, ['management_core'], 'node-mgmt', 'cluster'],
  ['clus1', 31, ['cluster_core'], 'cluster', 'cluster'],
  ['icl1', 32, ['intercluster_core', 'management_https'], 'intercluster', 'cluster'],
  ['nfs 1', 33, ['data_core', 'data_nfs', 'data_cifs'], 'data', 'svm'],
  ['svm_mgmt', 34, ['management_ssh'], 'management', 'svm'],
  ['bare', 35, [], undefined, 'svm'],
] as const;

export const ipLifUuid = (index: number) => uuidOf(20, at(LIFS, index)[1]);

export function ipInterfaces(): Shown[] {
  return LIFS.map(([name, number, services, role, scope], index) => {
    const isV6 = index === 5;
    const address = isV6 ? '2001:db8::20' : `198.51.100.${100 + index}`;
    const mask = isV6 ? '64' : '24';
    const isUp = index !== 4;
    return {
      record: known({
        uuid: uuidOf(20, number),
        name,
        scope,
        enabled: true,
        state: isUp ? 'up' : 'down',
        ip: { address, netmask: mask, family: isV6 ? 'ipv6' : 'ipv4' },
        services,
        service_policy: { name: `default-${name}` },
        svm: scope === 'svm' ? { name: 'svm1', uuid: uuidOf(6, 0) } : undefined,
        location: {
          is_home: true,
          node: node(index % 2),
          port: { name: 'e0a', uuid: uuidOf(3, index % 2 === 0 ? 0 : 5), node: node(index % 2) },
        },
      }),
      truth: known({
        native_port_id: uuidOf(20, number),
        name,
        location: nodeName(index % 2),
        type: 'logic',
        logical_type: role,
        connection_status: isUp ? 'connected' : 'disconnected',
        native_parent_id: uuidOf(3, index % 2 === 0 ? 0 : 5),
        ...(isV6 ? { ipv6: address, ipv6_mask: mask } : { ipv4: address, ipv4_mask: mask }),
      }),
    };
  });
}

export function fcInterfaces(): Shown[] {
  return [0, 1].map((index) => ({
    record: known({
      uuid: uuidOf(21, index),
      name: `fc_lif_${index}`,
      // The node that hosts the second is down: no state.
      state: index === 0 ? 'up' : undefined,
      enabled: true,
      data_protocol: 'fcp',
      wwpn: `20:00:00:a0:98:0c:b7:e${index}`,
      svm: { name: 'svm1', uuid: uuidOf(6, 0) },
      location: { node: node(0), port: { name: '0e', uuid: uuidOf(2, 0), node: node(0) } },
    }),
    truth: known({
      native_port_id: uuidOf(21, index),
      name: `fc_lif_${index}`,
      location: nodeName(0),
      type: 'logic',
      logical_type: 'data',
      connection_status: index === 0 ? 'connected' : undefined,
      native_parent_id: uuidOf(2, 0),
      wwn: `20:00:00:a0:98:0c:b7:e${index}`,
    }),
  }));
}
