import { expect, it } from 'vitest'
import { signerLimits } from './signer-limits.ts'

it('K42: lets its signer process issue persons and own hosts alone, so many a day', () => {
  const limits = signerLimits(7, { frontend: ['portal.example.com', '192.0.2.7'], signing: [] })
  expect(limits.certificatesPerDay).toEqual({ client: 7, server: 7, service: 7 })
  expect(limits.names).toEqual({
    client: ['email:*', 'uri:*'],
    server: [],
    service: [
      ...['dns:frontend', 'dns:portal.example.com', 'ip:192.0.2.7', 'dns:signing'],
      ...['dns:localhost', 'ip:127.*', 'ip:::1'],
    ],
  })
})
