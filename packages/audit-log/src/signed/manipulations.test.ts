import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Checkpoint, SignedLogDamage } from '../internal.ts'
import { createSignedLog, formatCheckpoint, parseCheckpoint, verifySignedLog } from '../index.ts'
import { signCheckpoint } from './audit-checkpoint.ts'
import { type EntryKey, importEntryKey, newEntryKey } from './key-chain.ts'
import {
  formatSigned,
  NO_SIGNED_HEAD,
  parseSigned,
  signedHeadAfter,
  type SignedHead,
} from './signed-entry.ts'

const SEGMENT = 'audit-000000000001.jsonl'
const COUNT = 10

let root: string
let sound: string
let early: string
let checkpoint: Checkpoint
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-manipulations-'))
  sound = join(root, 'sound')
  early = join(root, 'early')
  await extend(sound, 4)
  await cp(sound, early, { recursive: true })
  checkpoint = await extend(sound, COUNT - 5)
})
afterAll(() => rm(root, { recursive: true }))

/** Records events, and signs where the log ends. */
async function extend(directory: string, count: number, action = 'stage'): Promise<Checkpoint> {
  const log = createSignedLog({ directory })
  const event = { actor: 'a', action, subject: 'KEY', outcome: 'succeeded' } as const
  const rounds = Array.from({ length: count }, (_, i) => i + 1)
  await Promise.all(rounds.map((round) => log.record({ ...event, details: { round } })))
  const signed = await log.checkpoint()
  await log.close()
  return signed
}

const linesIn = async (directory: string) =>
  (await readFile(join(directory, SEGMENT), 'utf8')).trimEnd().split('\n')

const writeLines = (directory: string, lines: readonly string[]) =>
  writeFile(join(directory, SEGMENT), lines.map((line) => `${line}\n`).join(''))

/** The key that an attacker finds beside the log today. */
async function keyIn(directory: string): Promise<EntryKey> {
  const { seed } = JSON.parse(await readFile(join(directory, 'audit.key'), 'utf8')) as {
    seed: string
  }
  const key = importEntryKey(seed)
  if (key === undefined) throw new TypeError('the key file has no key')
  return key
}

/** Writes lines from `from` on anew, changed, chained and signed with the keys that follow from the one of today. */
async function rewriteFrom(directory: string, from: number): Promise<void> {
  const lines = await linesIn(directory)
  let key = await keyIn(directory)
  let head = NO_SIGNED_HEAD
  const written = lines.map((line) => {
    const entry = parseSigned(line)?.entry
    if (entry === undefined) throw new TypeError('a sound line cannot be read')
    const next = key.next()
    const isKept = entry.seq < from
    const event = { ...entry, subject: 'OTHER' }
    const text = isKept ? line : formatSigned(event, { at: entry.at, head, key, next })
    const kept = parseSigned(text)
    if (kept === undefined) throw new TypeError('a forged line cannot be read')
    if (!isKept) key = next
    head = signedHeadAfter(text, kept, head)
    return text
  })
  await writeLines(directory, written)
  await writeState(directory, head, key)
}

/** A key file that fits the lines, as an attacker writes it. */
async function writeState(directory: string, { log, seq, hash }: SignedHead, key: EntryKey) {
  const bytes = (await readFile(join(directory, SEGMENT))).length
  const state = { log, seq, hash, segment: 1, bytes, seed: key.exportSeed() }
  await writeFile(join(directory, 'audit.key'), JSON.stringify(state))
}

interface Manipulation {
  readonly work: (directory: string) => Promise<unknown>
  readonly reason: SignedLogDamage
  /** The entry that is named. */
  readonly entry: number
  /** Whether it takes the checkpoint to find it. */
  readonly needsCheckpoint?: boolean
}

const change = (alter: (lines: string[]) => readonly string[]) => async (directory: string) =>
  writeLines(directory, alter(await linesIn(directory)))

const MANIPULATIONS: Readonly<Record<string, Manipulation>> = {
  'an edit': {
    work: change((lines) => lines.with(3, lines[3]?.replace('"round":3', '"round":9') ?? '')),
    ...{ reason: 'edited', entry: 4 },
  },
  'an edit of the last line': {
    work: change((lines) => lines.with(-1, lines.at(-1)?.replace('"KEY"', '"KEX"') ?? '')),
    ...{ reason: 'edited', entry: COUNT },
  },
  'a deletion at the front': {
    work: change((lines) => lines.slice(2)),
    ...{ reason: 'removed', entry: 1 },
  },
  'a deletion in the middle': {
    work: change((lines) => lines.toSpliced(4, 2)),
    ...{ reason: 'removed', entry: 5 },
  },
  'a truncation': {
    work: change((lines) => lines.slice(0, -2)),
    ...{ reason: 'shortened', entry: COUNT - 1 },
  },
  'a truncation to where an older copy of log and key was': {
    work: (directory) => cp(early, directory, { recursive: true }),
    ...{ reason: 'shortened', entry: 6, needsCheckpoint: true },
  },
  'a reordering': {
    work: change((lines) => lines.toSpliced(2, 2, lines[3] ?? '', lines[2] ?? '')),
    ...{ reason: 'reordered', entry: 3 },
  },
  'a line that is put in again': {
    work: change((lines) => lines.toSpliced(6, 0, lines[2] ?? '')),
    ...{ reason: 'repeated', entry: 7 },
  },
  'a replacement by another sound log': {
    work: async (directory) => {
      await rm(directory, { recursive: true })
      await extend(directory, COUNT + 2)
    },
    ...{ reason: 'replaced', entry: COUNT, needsCheckpoint: true },
  },
  'a replacement by another sound log that is shorter': {
    work: async (directory) => {
      await rm(directory, { recursive: true })
      await extend(directory, 2)
    },
    ...{ reason: 'replaced', entry: 1, needsCheckpoint: true },
  },
  'a fork: another continuation of an older copy': {
    work: async (directory) => {
      await cp(early, directory, { recursive: true })
      await extend(directory, COUNT, 'forge')
    },
    ...{ reason: 'forked', entry: COUNT, needsCheckpoint: true },
  },
  'a line of another continuation in the middle': {
    work: (directory) => takeFromFork(directory, 6),
    ...{ reason: 'forked', entry: 7 },
  },
  'a line of another continuation at the end': {
    work: (directory) => takeFromFork(directory, COUNT),
    ...{ reason: 'forked', entry: COUNT },
  },
  'a rewriting of yesterday with the key of today': {
    work: (directory) => rewriteFrom(directory, 5),
    ...{ reason: 'edited', entry: 5 },
  },
  'a rewriting of everything with the key of today': {
    work: (directory) => rewriteFrom(directory, 1),
    ...{ reason: 'edited', entry: 1 },
  },
}

/** Puts a line in its place that a fork has there: both are signed by the same key, and commit to the same next one. */
async function takeFromFork(directory: string, seq: number): Promise<void> {
  const fork = await copyOf(early)
  await extend(fork, COUNT - 5, 'forge')
  const forged = (await linesIn(fork))[seq - 1] ?? ''
  await writeLines(directory, (await linesIn(directory)).with(seq - 1, forged))
}

let copies = 0
async function copyOf(directory: string): Promise<string> {
  copies += 1
  const copy = join(root, `copy-${copies}`)
  await cp(directory, copy, { recursive: true })
  return copy
}

it('accepts the log that was not touched, with the checkpoint and without', async () => {
  const log = { directory: sound, checkpoints: [checkpoint] }
  expect(await verifySignedLog(log)).toMatchObject({ ok: true, entries: COUNT, confirmed: COUNT })
  expect(await verifySignedLog({ directory: sound })).toMatchObject({ ok: true, confirmed: 0 })
})

it.each(Object.entries(MANIPULATIONS))(
  'finds %s, with the checkpoint at most',
  async (_what, { work, reason, entry, needsCheckpoint = false }) => {
    const directory = await copyOf(sound)
    await work(directory)
    const found = { ok: false, reason, entry, entries: entry - 1 }
    const alone = await verifySignedLog({ directory })
    const with_ = await verifySignedLog({ directory, checkpoints: [checkpoint] })
    expect(with_).toMatchObject(found)
    // The head of a trail, as a transparency log has it.
    const { log, seq, hash } = checkpoint
    const anchored = await verifySignedLog({ directory, checkpoints: [{ log, seq, hash }] })
    expect(anchored).toMatchObject(found)
    expect(alone).toMatchObject(needsCheckpoint ? { ok: true } : found)
  },
)

it.each(['a truncation', 'a fork: another continuation of an older copy'])(
  'lets no writer go on after %s that its process has seen',
  async (name) => {
    const directory = await copyOf(sound)
    const log = createSignedLog({ directory })
    const event = { actor: 'a', action: 'read', subject: 'KEY', outcome: 'succeeded' } as const
    await Promise.all(Array.from({ length: 10 }, () => log.record(event)))
    await MANIPULATIONS[name]?.work(directory)
    await expect(log.record(event)).rejects.toMatchObject({ code: 'conflict' })
  },
)

it.each([{ seq: 1.5 }, { stream: 0.5 }, { log: 'x' }, { hash: 'x' }, { at: 1 }, { key: 1 }])(
  'takes no text for a checkpoint that has %j',
  (part) => {
    const text = formatCheckpoint({ ...checkpoint, ...(part as object) })
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
    expect(() => parseCheckpoint(text.slice(0, -2))).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    )
  },
)

it('takes no text of another type for a checkpoint, whoever has signed it', () => {
  const text = formatCheckpoint(checkpoint).replace('audit-checkpoint', 'audit-entry')
  expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
})

it('finds a checkpoint of a place of the log that another key has signed', async () => {
  const { hash, log, seq, at } = checkpoint
  const head = { seq, hash, log, publicKey: undefined }
  const forged = signCheckpoint({ head, key: newEntryKey() }, { at })
  expect(parseCheckpoint(formatCheckpoint(forged))).toEqual(forged)
  const verdict = await verifySignedLog({ directory: sound, checkpoints: [forged] })
  expect(verdict).toMatchObject({ ok: false, reason: 'forked', entry: COUNT })
})

const FORGED = {
  'has another number': ({ head, ...rest }: Line) => ({ ...rest, head: { ...head, seq: 99 } }),
  'follows another line': ({ head, ...rest }: Line) => ({
    ...rest,
    head: { ...head, hash: '0'.repeat(64) },
  }),
  'commits to another key': (line: Line) => ({ ...line, next: newEntryKey() }),
  'is signed by another key': (line: Line) => ({ ...line, key: newEntryKey() }),
}
type Line = Parameters<typeof formatSigned>[1]

it.each(Object.entries(FORGED))(
  'goes on after no line that its key file does not state and that %s',
  async (_what, forge) => {
    const directory = await copyOf(sound)
    const key = await keyIn(directory)
    const { seq, hash } = checkpoint
    const line = forge({ at: checkpoint.at, head: { seq, hash }, key, next: key.next() })
    const event = { actor: 'a', action: 'read', subject: 'KEY', outcome: 'succeeded' } as const
    await appendFile(join(directory, SEGMENT), `${formatSigned(event, line)}\n`)
    const refused = {
      code: 'conflict',
      message: expect.stringContaining('has a line after') as string,
    }
    await expect(createSignedLog({ directory }).record(event)).rejects.toMatchObject(refused)
  },
)

it('finds a change of any single byte', async () => {
  const bytes = await readFile(join(sound, SEGMENT))
  const directory = await copyOf(sound)
  for (let at = 0; at < bytes.length; at += 97) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    await writeFile(join(directory, SEGMENT), changed)
    expect(await verifySignedLog({ directory }), `byte ${at}`).toMatchObject({ ok: false })
  }
})
