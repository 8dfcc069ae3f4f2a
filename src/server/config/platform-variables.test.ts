import { describe, expect, it } from 'vitest'
import { withoutPlatformVariables } from './platform-variables.ts'

describe('withoutPlatformVariables', () => {
  const ofService = (prefix: string, host: string) => ({
    [`${prefix}_SERVICE_HOST`]: host,
    [`${prefix}_SERVICE_PORT`]: '3000',
    [`${prefix}_SERVICE_PORT_HTTP`]: '3000',
    [`${prefix}_SERVICE_PORT_METRICS_2`]: '9090',
    [`${prefix}_PORT`]: `tcp://${host.includes(':') ? `[${host}]` : host}:3000`,
    [`${prefix}_PORT_3000_TCP`]: `tcp://${host.includes(':') ? `[${host}]` : host}:3000`,
    [`${prefix}_PORT_3000_TCP_PROTO`]: 'tcp',
    [`${prefix}_PORT_3000_TCP_PORT`]: '3000',
    [`${prefix}_PORT_3000_TCP_ADDR`]: host,
    [`${prefix}_PORT_53_UDP`]: `udp://${host}:53`,
    [`${prefix}_PORT_53_UDP_PROTO`]: 'udp',
  })
  const ignored: [what: string, environment: Record<string, string>][] = [
    ['a Service', ofService('HALLPASS', '10.0.0.11')],
    ['a Service with an address of IPv6', ofService('HALLPASS', 'fd00:10:96::b')],
    ['a Service with a longer name', ofService('HALLPASS_DATABASE', '10.0.0.12')],
    ['a Service that is called hallpass-service', ofService('HALLPASS_SERVICE', '10.0.0.13')],
    [
      'a link of Docker',
      {
        HALLPASS_DB_NAME: '/web/hallpass-db',
        HALLPASS_DB_PORT: 'tcp://172.17.0.2:5432',
        HALLPASS_DB_ENV_POSTGRES_PASSWORD: 'hunter2',
      },
    ],
    [
      'a link of Docker that is called hallpass, to ports that follow each other',
      {
        HALLPASS_NAME: '/web/hallpass',
        HALLPASS_PORT: 'tcp://172.17.0.2:3000',
        HALLPASS_PORT_3000_TCP: 'tcp://172.17.0.2:3000',
        HALLPASS_PORT_3000_TCP_START: 'tcp://172.17.0.2:3000',
        HALLPASS_PORT_3000_TCP_ADDR: '172.17.0.2',
        HALLPASS_PORT_3000_TCP_PROTO: 'tcp',
        HALLPASS_PORT_3000_TCP_PORT_START: '3000',
        HALLPASS_PORT_3000_TCP_END: 'tcp://172.17.0.2:3002',
        HALLPASS_PORT_3000_TCP_PORT_END: '3002',
        HALLPASS_ENV_NODE_VERSION: '24.0.0',
        HALLPASS_ENV_HALLPASS_PORT: '3000',
      },
    ],
  ]
  it.each(ignored)('takes out what %s writes', (_what, environment) => {
    expect(withoutPlatformVariables({ ...environment, PATH: '/bin', HALLPASS_HOST: '::' })).toEqual({
      PATH: '/bin',
      HALLPASS_HOST: '::',
    })
  })

  const kept: [what: string, environment: Record<string, string>][] = [
    [
      'settings',
      { HALLPASS_PORT: '8080', HALLPASS_DATABASE: 'postgres://h:5432/d', HALLPASS_VALKEY: 'redis://v:6379' },
    ],
    ['a port in another form', { HALLPASS_PORT: 'http://10.0.0.11:3000' }],
    ['names of no form', { HALLPASS_SERVICE_NAME: 'x', HALLPASS_PORTS: '3000', HALLPASS_ENV_MODE: 'x' }],
    ['values of no form', { HALLPASS_SERVICE_HOST: 'localhost', HALLPASS_SERVICE_PORT: 'http' }],
    ['ends of ranges in no form', { HALLPASS_PORT_3000_TCP_START: '3000', HALLPASS_PORT_3000_TCP_END: 'x' }],
    ['a name in no form', { HALLPASS_NAME: 'hallpass', HALLPASS_ENV_NODE_VERSION: '24' }],
    ['what begins otherwise', { HOST_PORT: 'tcp://10.0.0.1:80' }],
  ]
  it.each(kept)('leaves %s', (_what, environment) => {
    expect(withoutPlatformVariables(environment)).toEqual(environment)
  })
})
