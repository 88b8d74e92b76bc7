import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { parseSecureUrl, SecretError } from './index.ts'

const parse = (address: string | URL) => parseSecureUrl(address, 'SOME_URL')

function failureOf(address: string | URL): SecretError {
  try {
    parse(address)
  } catch (error) {
    if (error instanceof SecretError) return error
  }
  throw new Error('the address was taken')
}

it.each([
  ['https://signing.test', 'https://signing.test/'],
  ['HTTPS://SIGNING.TEST:443/a?b', 'https://signing.test/a?b'],
  ['https://10.0.0.7:9090', 'https://10.0.0.7:9090/'],
  ['http://localhost:80', 'http://localhost/'],
  ['http://LOCALHOST:8200', 'http://localhost:8200/'],
  ['http://127.0.0.1:8200', 'http://127.0.0.1:8200/'],
  ['http://127.255.255.254', 'http://127.255.255.254/'],
  ['http://[::1]:8200', 'http://[::1]:8200/'],
  ['http://[0:0:0:0:0:0:0:1]', 'http://[::1]/'],
  // Other spellings of 127.0.0.1 (WHATWG URL, "IPv4 parser"): the parsed URL is what is sent to.
  ['http://2130706433', 'http://127.0.0.1/'],
  ['http://0x7f.1', 'http://127.0.0.1/'],
  ['http://0177.0.0.1', 'http://127.0.0.1/'],
  ['http://127.0.0.1.', 'http://127.0.0.1/'],
  ['http://①②⑦.0.0.1', 'http://127.0.0.1/'],
  ['http:\\\\127.0.0.1\\x', 'http://127.0.0.1/x'],
])('a secret may be sent to %s', (address, href) => {
  expect(parse(address).href).toBe(href)
})

it.each([
  ['http://signing.test', 'signing.test'],
  ['HTTP://SIGNING.TEST:80', 'signing.test'],
  ['http://localhost.evil.test', 'localhost.evil.test'],
  ['http://127.0.0.1.nip.io:8200', '127.0.0.1.nip.io:8200'],
  ['http://127.0.0.1.evil.test', '127.0.0.1.evil.test'],
  ['http://localhost.', 'localhost.'],
  ['http://app.localhost', 'app.localhost'],
  ['http://0.0.0.0', '0.0.0.0'],
  ['http://0', '0.0.0.0'],
  ['http://[::]', '[::]'],
  ['http://[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ['http://[::1%25eth0]', undefined],
  ['http://[fd00::1]', '[fd00::1]'],
  ['http://10.0.0.7', '10.0.0.7'],
  ['http://128.0.0.1', '128.0.0.1'],
  ['http://2147483649', '128.0.0.1'],
  ['http://169.254.169.254', '169.254.169.254'],
  ['http://evil.test#@127.0.0.1', 'evil.test'],
  ['http://evil.test?@localhost', 'evil.test'],
  ['http://evil.test\\@localhost', 'evil.test'],
  ['http://ⓔvil.test', 'evil.test'],
  ['ws://127.0.0.1', undefined],
  ['ftp://localhost', undefined],
  ['file:///etc/passwd', undefined],
  ['data:,x', undefined],
  ['blob:https://signing.test/x', undefined],
  ['//127.0.0.1', undefined],
  ['127.0.0.1:8200', undefined],
  ['localhost:8200', undefined],
  ['', undefined],
  ['https://', undefined],
])('no secret is sent to %s, and the message names host and setting', (address, host) => {
  const { code, message, details } = failureOf(address)
  expect({ code, details }).toEqual(
    host === undefined
      ? { code: 'malformed', details: { setting: 'SOME_URL' } }
      : { code: 'refused', details: { setting: 'SOME_URL', host } },
  )
  expect(message).toContain(`SOME_URL ${host === undefined ? 'is no' : `leads to ${host} by http`}`)
})

it.each(['https://user:hunter2hunter2@a.test', 'http://hunter2hunter2@localhost'])(
  'what stands before the host is refused and not repeated: %s',
  (address) => {
    const error = failureOf(address)
    expect(error).toMatchObject({ code: 'refused', details: { setting: 'SOME_URL' } })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
    expect(inspect(failureOf(address.replace(/https?/, 'gopher')))).not.toContain('hunter2')
  },
)

it('an address is read once, so that it cannot be another one after the check', () => {
  let reads = 0
  const turning = Object.assign(new URL('https://a.test'), {
    toString: () => ['http://localhost/first', 'http://evil.test/'][reads++] ?? '',
  })
  expect(parse(turning).href).toBe('http://localhost/first')
  expect(reads).toBe(1)
})
