import { createPrivateKey, createPublicKey } from 'node:crypto'
import { parseSigningRequest } from '@rekey/ca-keystore'
import { expect, it } from 'vitest'
import { integer, sequence } from '../page/der.ts'
import { fileNameOf, formatProfile } from '../page/openvpn-profile.ts'
import { createKeyAndRequest } from '../page/signing-request.ts'

it('makes keys in the browser whose requests the CA accepts', async () => {
  for (let n = 0; n < 20; n += 1) {
    const { privateKey, csr } = await createKeyAndRequest()
    const { key } = parseSigningRequest(csr)
    const own = createPublicKey(createPrivateKey(privateKey))
    expect(key.spki.equals(own.export({ format: 'der', type: 'spki' }))).toBe(true)
  }
})

it.each([
  // One signature in 128 has a number that begins with a zero byte.
  ['000001', '020101'],
  ['0080', '02020080'],
  ['ff', '020200ff'],
  ['7f', '02017f'],
  ['0000', '020100'],
])(
  'encodes the number %s in the fewest bytes, as a number that is not negative',
  (number, encoded) => {
    expect(Buffer.from(integer(Buffer.from(number, 'hex'))).toString('hex')).toBe(encoded)
  },
)

it.each([
  [127, '307f'],
  [128, '308180'],
  [256, '30820100'],
])('encodes a length of %i in the fewest bytes', (length, head) => {
  const text = Buffer.from(sequence(new Uint8Array(length))).toString('hex')
  expect(text.slice(0, -2 * length)).toBe(head)
})

it('writes a profile that trusts the named server alone, with certificate and key in it', () => {
  const server = { protocol: 'udp', host: 'vpn.example.com', port: 1194 } as const
  const text = formatProfile({ server, chain: 'CAS\n', certificate: 'OWN\n' }, 'PRIVATE\n')
  expect(text.split('\n')).toEqual([
    ...['client', 'dev tun', 'remote vpn.example.com 1194 udp', 'nobind'],
    ...['resolv-retry infinite', 'remote-cert-tls server'],
    ...['verify-x509-name vpn.example.com name', 'tls-version-min 1.2'],
    ...['<ca>', 'CAS', '</ca>', '<cert>', 'OWN', '</cert>', '<key>', 'PRIVATE', '</key>', ''],
  ])
})

it.each([
  ['Work laptop', 'work-laptop.ovpn'],
  ['../../etc/passwd', 'etc-passwd.ovpn'],
  ['電話', 'vpn.ovpn'],
])('names the file of %s %s', (device, name) => {
  expect(fileNameOf(device)).toBe(name)
})
