import { inspect } from 'node:util'
import { onSecretBirth, Secret } from '@rekey/secret'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TreeCheckpoint } from './internal.ts'
import {
  emptyRoot,
  leafHash,
  createCheckpointSigner,
  createCheckpointVerifier,
  issueNoteKey,
} from './index.ts'

const ORIGIN = 'ct.example.com/log'
const log = issueNoteKey(ORIGIN)
const signer = createCheckpointSigner(log.signerKey)
const verifier = createCheckpointVerifier({ log: log.verifierKey })
const checkpoint = { origin: ORIGIN, size: 1, root: leafHash(Buffer.from('entry')), extensions: [] }
const note = signer.sign(checkpoint)

const witnesses = ['one.example.com', 'two.example.com'].map(issueNoteKey)
const witnessKeys = witnesses.map(({ verifierKey }) => verifierKey)
const cosigners = witnesses.map(({ signerKey }) => createCheckpointSigner(signerKey))
const cosigned = cosigners.reduce((signed, witness) => witness.cosign(signed), note)

function failureOf(call: () => unknown): unknown {
  try {
    return { returned: call() }
  } catch (error) {
    return error
  }
}

const CODES = ['malformed', 'rejected']

describe('a checkpoint', () => {
  it('of sum.golang.org verifies with its published key', () => {
    const published = createCheckpointVerifier({
      log: 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
      origin: 'go.sum database tree',
    })
    const lines = [
      'go.sum database tree',
      '20852163',
      'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
      '',
      '— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=',
      '',
    ]
    expect(published.verify(lines.join('\n'))).toMatchObject({ size: 20_852_163, witnesses: [] })
    const changed = lines.join('\n').replace('20852163', '20852164')
    expect(failureOf(() => published.verify(changed))).toMatchObject({
      code: 'rejected',
      details: { reason: 'bad-signature' },
    })
  })

  it('verifies as it was signed, whatever its origin, size and extensions', () => {
    const line = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => !/[\0-\x1f\p{Cs}]/u.test(text))
    const size = fc.maxSafeNat()
    fc.assert(
      fc.property(line, size, fc.array(line, { maxLength: 4 }), (origin, size, extensions) => {
        const made = { origin, size, root: checkpoint.root, extensions }
        const read = createCheckpointVerifier({ log: log.verifierKey, origin })
        expect(read.verify(signer.sign(made))).toEqual({ ...made, witnesses: [] })
      }),
    )
  })

  it('is refused after a change of any one character', () => {
    const change = fc.tuple(
      fc.nat(note.length - 1),
      fc.constantFrom('0', 'A', 'z', '=', '+', ' ', '\n', '—', '\0'),
      fc.nat(2),
    )
    fc.assert(
      fc.property(change, ([at, character, removed]) => {
        const changed = note.slice(0, at) + character + note.slice(at + removed)
        fc.pre(changed !== note)
        expect(CODES).toContain(
          (failureOf(() => verifier.verify(changed)) as { code: string }).code,
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('is refused if it is cut at either end', () => {
    for (let end = 0; end < note.length; end += 1) {
      expect(failureOf(() => verifier.verify(note.slice(0, end)))).toMatchObject({
        code: 'malformed',
      })
    }
    const refusal = { code: expect.stringMatching(/^(?:malformed|rejected)$/) as string }
    for (let start = 1; start < note.length; start += 1) {
      expect(failureOf(() => verifier.verify(note.slice(start)))).toMatchObject(refusal)
    }
  })
})

const [text = '', lines = ''] = note.split('\n\n')
describe('hostile notes', () => {
  it.each([
    ['nothing', ''],
    ['no signature', `${text}\n\n`],
    ['no blank line', `${text}\n${lines}`],
    ['no text', `\n\n${lines}`],
    ['a carriage return', note.replace('\n', '\r\n')],
    ['a NUL', note.replace('ct', 'c\0t')],
    ['half a surrogate pair', note.replace('ct', '\ud800')],
    ['a hyphen for the dash', note.replace('— ', '- ')],
    ['a signature without a name', `${note}— AAAAAAAA\n`],
    ['a name with a plus', `${note}— a+b AAAAAAAA\n`],
    ['a name with a space of Unicode', `${note}— a\u2003b AAAAAAAA\n`],
    ['three fields', `${note}— a AAAAAAAA AAAAAAAA\n`],
    ['base64 of URLs', `${note}— a AAA_AA==\n`],
    ['base64 without padding', `${note}— a AAAAAAA\n`],
    ['base64 with spare bits', `${note}— a AAAAAAB=\n`],
    ['a key id alone', `${note}— a AAAAAA==\n`],
    ['65 signatures', note + '— a AAAAAAAA\n'.repeat(64)],
    ['300,000 characters', note + `— a ${'A'.repeat(300_000)}\n`],
    ['100,000 newlines', '\n'.repeat(100_000)],
    ['100,000 dashes', `${note}${'— '.repeat(100_000)}\n`],
  ])('with %s are malformed', (_what, hostile) => {
    expect(failureOf(() => verifier.verify(hostile))).toMatchObject({ code: 'malformed' })
  })

  it('with 63 more signatures of unknown keys verify, and none of them counts', () => {
    const other = issueNoteKey(ORIGIN)
    const foreign = createCheckpointSigner(other.signerKey).cosign(note)
    expect(verifier.verify(foreign)).toMatchObject({ ...checkpoint, witnesses: [] })
    const unknown = note + '— a AAAAAAAA\n'.repeat(63)
    expect(verifier.verify(unknown)).toMatchObject({ ...checkpoint, witnesses: [] })
  })

  it.each([
    ['no origin', { origin: '' }],
    ['an origin of two lines', { origin: `${ORIGIN}\n7` }],
    ['a negative size', { size: -1 }],
    ['half a leaf', { size: 0.5 }],
    ['a size of 2^53', { size: 2 ** 53 }],
    ['a short root', { root: new Uint8Array(31) }],
    ['an empty extension', { extensions: [''] }],
    ['an extension of two lines', { extensions: ['a\nb'] }],
    ['an extension with a tab', { extensions: ['a\tb'] }],
  ] as [string, Partial<TreeCheckpoint>][])('with %s are never signed', (_what, change) => {
    expect(failureOf(() => signer.sign({ ...checkpoint, ...change }))).toMatchObject({
      code: 'malformed',
    })
  })

  it.each([
    ['a size with a leading zero', text.replace('\n1\n', '\n01\n')],
    ['a size with a sign', text.replace('\n1\n', '\n+1\n')],
    ['a size of 2^53', text.replace('\n1\n', '\n9007199254740992\n')],
    ['a size in hexadecimal', text.replace('\n1\n', '\n0x1\n')],
    ['two lines', text.split('\n').slice(0, 2).join('\n')],
    ['a root of 33 bytes', text.replace(/.+$/, Buffer.alloc(33).toString('base64'))],
    ['a root without padding', text.replace(/=$/, '')],
  ])('with %s are not cosigned', (_what, body) => {
    const [cosigner] = cosigners
    expect(failureOf(() => cosigner?.cosign(`${body}\n\n${lines}`))).toMatchObject({
      code: 'malformed',
    })
  })
})

describe('a verifier', () => {
  it('names the witnesses that signed, each once', () => {
    const read = createCheckpointVerifier({
      log: log.verifierKey,
      witnesses: witnessKeys,
      quorum: 2,
    })
    const twice = cosigners[0]?.cosign(cosigned) ?? ''
    expect(read.verify(twice).witnesses).toEqual(['one.example.com', 'two.example.com'])
  })

  it.each([
    ['too few witnesses', 'quorum', cosigners[0]?.cosign(cosigners[0].cosign(note)) ?? ''],
    ['no signature of the log', 'unsigned', cosigned.replace(/— ct.*\n/, '')],
    ['a wrong signature of a witness', 'bad-signature', swapSignatures(cosigned)],
    ['another origin', 'other-log', signer.sign({ ...checkpoint, origin: 'ct.example.com/other' })],
  ])('rejects %s', (_what, reason, hostile) => {
    const read = createCheckpointVerifier({
      log: log.verifierKey,
      witnesses: witnessKeys,
      quorum: 2,
    })
    expect(failureOf(() => read.verify(hostile))).toMatchObject({
      code: 'rejected',
      details: { reason },
    })
  })

  const [keyName = '', keyId = '', ...keyParts] = log.verifierKey.split('+')
  const keyBytes = Buffer.from(keyParts.join('+'), 'base64')
  const cosignatureKey = `${keyName}+${keyId}+${Buffer.of(4, ...keyBytes.subarray(1)).toString('base64')}`
  const sameKey = `other${log.verifierKey.slice(log.verifierKey.indexOf('+'))}`
  it.each([
    ['no key', { log: '' }],
    ['a signer key', { log: log.signerKey.expose() }],
    ['an id of another name', { log: sameKey }],
    ['a cut key', { log: log.verifierKey.slice(0, -4) }],
    ['a key of another algorithm', { log: cosignatureKey }],
    ['an id in capitals', { log: log.verifierKey.replace(/\+[0-9a-f]{8}\+/, '+ABCDEFAB+') }],
    ['a key of 100,000 characters', { log: `a${'+'.repeat(100_000)}` }],
    [
      'a witness given twice',
      { log: log.verifierKey, witnesses: [...witnessKeys, ...witnessKeys] },
    ],
    ['the log as its witness', { log: log.verifierKey, witnesses: [log.verifierKey] }],
    ['a quorum out of reach', { log: log.verifierKey, witnesses: witnessKeys, quorum: 3 }],
    ['a negative quorum', { log: log.verifierKey, quorum: -1 }],
    ['no number for a quorum', { log: log.verifierKey, quorum: Number.NaN }],
  ])('is not created with %s', (_what, trust) => {
    expect(failureOf(() => createCheckpointVerifier(trust))).toMatchObject({ code: 'malformed' })
  })
})

describe('a signer', () => {
  const secret = log.signerKey.expose()
  // PRIVATE+KEY+name+id+base64, in which a plus may be again.
  const seed = secret.split('+').slice(4).join('+')

  it('shows its key nowhere', () => {
    const shown = [signer, log].flatMap((value) => [
      inspect(value, { depth: 9 }),
      JSON.stringify(value),
    ])
    for (const text of [...shown, note]) expect(text).not.toContain(seed)
  })

  it.each([
    ['no key', ''],
    ['a verifier key', log.verifierKey],
    ['a cut key', secret.slice(0, -4)],
    ['another name', secret.replace('ct.', 'cd.')],
  ])('is not created with %s, and the error has no part of it', (_what, key) => {
    const failure = failureOf(() => createCheckpointSigner(Secret.of(key, 'signer key')))
    expect(failure).toMatchObject({ code: 'malformed' })
    expect(inspect(failure)).not.toContain(seed.slice(0, 8))
  })

  it('is announced to redactors by its last field alone, so that its public half can be printed', () => {
    const announced: unknown[] = []
    const stop = onSecretBirth((born) => announced.push(born.expose()))
    const { signerKey } = issueNoteKey(ORIGIN)
    stop()
    expect(announced).toEqual([signerKey.expose().split('+').slice(4).join('+')])
  })

  it.each(['', 'a b', 'a+b', 'a\nb', 'a\u2003b', 'a'.repeat(2000)])(
    'has no key of the name %j',
    (name) => {
      expect(failureOf(() => issueNoteKey(name))).toMatchObject({ code: 'malformed' })
    },
  )

  it('signs the empty tree', () => {
    const empty = signer.sign({ origin: ORIGIN, size: 0, root: emptyRoot() })
    expect(verifier.verify(empty)).toMatchObject({ size: 0, root: emptyRoot() })
  })
})

function swapSignatures(note: string): string {
  const [one, two] = note.trimEnd().split('\n').slice(-2)
  const [id, other] = [one, two].map((line) => Buffer.from(line?.split(' ')[2] ?? '', 'base64'))
  const forged = Buffer.concat([
    id?.subarray(0, 4) ?? id ?? Buffer.of(),
    other?.subarray(4) ?? Buffer.of(),
  ])
  return note.replace(one ?? '', `— one.example.com ${forged.toString('base64')}`)
}
