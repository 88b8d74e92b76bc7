import { expect, it } from 'vitest'
import { encodeEntry } from './internal.ts'
import { logKey, parseEntry, issueNoteKey } from './index.ts'

it('encodes an entry by its version, its type and its content, and parses no other bytes', () => {
  const content = Uint8Array.of(0x30, 0x0a, 0x00)
  const entry = encodeEntry({ type: 'audit-head', content })
  expect(Buffer.from(entry).toString('latin1')).toBe('rekey-log/v1 audit-head\n0\n\0')
  expect(parseEntry(entry)).toEqual({ type: 'audit-head', content })
  const others = [
    '',
    '\n',
    'rekey-log certificate\n',
    'rekey-log/v1 \n',
    'rekey-log/v1 certificate',
  ]
  for (const other of [...others, ` ${Buffer.from(entry).toString('latin1')}`])
    expect(() => parseEntry(Buffer.from(other))).toThrow('does not begin with')
})

it.each(['', 'Certificate', 'a b', 'a\n', 'a-', 'x'.repeat(80)])('has no type "%s"', (type) => {
  expect(() => encodeEntry({ type, content: Uint8Array.of() })).toThrow('type of an entry')
})

it('parses the key of a log as one that signs, and marks every part of it as secret', () => {
  const { signerKey, verifierKey } = issueNoteKey('ct.example.com/log')
  const text = signerKey.expose()
  const { value, id, sensitive, nonProduction } = logKey().parse(text)
  expect([value.verifierKey, id, nonProduction]).toEqual([verifierKey, 'ct.example.com/log', false])
  expect(sensitive).toEqual([text, text.split('+').slice(4).join('+')])
  expect(logKey().parse(issueNoteKey('dev-ct/log').signerKey.expose()).nonProduction).toBe(true)
  for (const wrong of ['', `${text.slice(0, -4)}AAA=`])
    expect(() => logKey().parse(wrong)).toThrow('no Ed25519 key')
})
