import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { printableLine } from './index.ts'
import { printableText, shellWord } from './internal.ts'

const CONTROLS = Array.from({ length: 0xa0 }, (_, code) => String.fromCodePoint(code)).filter(
  (one) => /\p{Cc}/u.test(one),
)
const TURNS = ['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069']

it('S28: a name in a line shows each control character and each turn of direction', () => {
  for (const one of [...CONTROLS, ...TURNS, '\u2028', '\u2029']) {
    const line = printableLine(`a${one}b`)
    if (one === '\t') expect(line).toBe('a\tb')
    else expect(line).toBe(`a\\u{${(one.codePointAt(0) ?? 0).toString(16)}}b`)
  }
  expect(printableLine('Zoë 東京 👩‍🔧 "x" --')).toBe('Zoë 東京 👩‍🔧 "x" --')
})

it('a text keeps its lines', () => {
  expect(printableText('one\ntwo \u001b[2J')).toBe('one\ntwo \\u{1b}[2J')
})

it('S28: a shell reads a word of a printed command as one word without effect', () => {
  const words = [
    "it's",
    '$(echo x)',
    '`echo x`',
    '; echo x',
    'a b',
    '--x',
    '"',
    '\\',
    '*',
    '!x',
    '',
  ]
  for (const word of [...words, 'http://10.0.0.3:9090', "board://a~b'(c)"]) {
    const printed = execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })
    expect(printed).toBe(word)
  }
  expect(shellWord('http://10.0.0.3:9090')).toBe('http://10.0.0.3:9090')
  expect(shellWord('a\nb')).toBe(String.raw`'a\u{a}b'`)
})
