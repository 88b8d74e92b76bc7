// @lane measured
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyAuditLog } from '@rekey/audit-log'
import { openDotenvStore, openSource } from '@rekey/config-loader/store'
import { growthOf, LINEAR } from '@rekey/testbed/growth'
import {
  createCheckpointSigner,
  createCheckpointVerifier,
  issueNoteKey,
  emptyRoot,
} from '@rekey/audit-log/transparency'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

type Text = (size: number) => string

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'growth-'))
})
afterAll(() => rm(directory, { recursive: true }))

const filled =
  (unit: string, before = '', after = ''): Text =>
  (size) =>
    `${before}${unit.repeat(Math.floor(size / unit.length))}${after}`

const ENV: Readonly<Record<string, Text>> = {
  assignments: (size) =>
    Array.from({ length: size / 64 }, (_, i) => `NAME_${i}='${'x'.repeat(48)}'\n`).join(''),
  'one name again and again': filled('A=b\n'),
  'blank lines': filled('\n'),
  blanks: filled(' ', '', '\nA=b\n'),
  'blanks between name and value': filled(' ', 'A', "='b'\n"),
  'blanks after a value': filled(' ', 'A=b', '\nB=c\n'),
  comments: filled('#\n'),
  hashes: filled('#', 'A=b '),
  'lines that are no assignment': filled('?\n'),
  'carriage returns': filled('\r'),
  exports: filled('export '),
  'quotes that do not end': filled(`A='\nB="\nC=\`\n`),
  'quotes after which a value goes on': filled(`A='x\nB="x\nC=\`x\n`),
  'quotes with backslashes': filled(`\\'`, `A='`),
  'double quotes with escapes': filled('\\n', 'A="', '"x'),
  'a value of many lines': filled('x\n', `A='`, `'\n`),
}

describe('a .env file of up to 1 MB is read in linear time, and so is one of', () => {
  it.each(Object.entries(ENV))('%s', async (_, text) => {
    const growth = await growthOf((size) => {
      const path = join(directory, '.env')
      const input = text(size - 16)
      let isWritten = false
      return async () => {
        if (!isWritten) await writeFile(path, input, { mode: 0o600 })
        isWritten = true
        const store = await openDotenvStore({ path }).catch(() => undefined)
        await store?.read('A').catch(() => undefined)
        await store?.warnings([])
      }
    })
    expect(growth).toBeLessThanOrEqual(LINEAR)
  })
})

const SOURCES: Readonly<Record<string, Text>> = {
  brackets: filled('['),
  'sources without an end': filled('{"sources":'),
  'unknown fields': (size) =>
    JSON.stringify(
      Object.fromEntries(Array.from({ length: size / 16 }, (_, i) => [`field${i}`, i])),
    ),
  'faulty sources': (size) =>
    JSON.stringify({
      sources: Object.fromEntries(Array.from({ length: size / 16 }, (_, i) => [`A${i}`, i])),
    }),
  'faulty rules': (size) =>
    JSON.stringify({
      sources: { env: 'env' },
      default: 'env',
      secrets: Object.fromEntries(Array.from({ length: size / 16 }, (_, i) => [`?${i}`, i])),
    }),
  'rules of as many sources': (size) => {
    const names = Array.from({ length: size / 64 }, (_, i) => `s${i}`)
    return JSON.stringify({
      sources: Object.fromEntries(names.map((name) => [name, 'env'])),
      secrets: Object.fromEntries(names.map((name) => [`A_${name}`, name])),
    })
  },
  'a long path of credentials': (size) =>
    JSON.stringify({
      sources: {
        db: { credentials: `a${'/creds/'.repeat(size / 8)}x\ny`, url: 'postgresql://h/d' },
      },
      default: 'db',
    }),
  'a long path of slashes': (size) =>
    JSON.stringify({ sources: { kv: `vault:a${'/'.repeat(size)}b` }, default: 'kv' }),
}

describe('a sources file is read or refused in linear time up to its cap of 256 KiB, and beyond at once, if it is of', () => {
  it.each(Object.entries(SOURCES))('%s', async (_, text) => {
    const growth = await growthOf(
      (size) => {
        const path = join(directory, 'sources.json')
        const input = text(size)
        let isWritten = false
        return async () => {
          if (!isWritten) await writeFile(path, input, { mode: 0o600 })
          isWritten = true
          const source = await openSource(`file:${path}`, { env: {} }).catch(() => undefined)
          await source?.[Symbol.asyncDispose]()
        }
      },
      [15_000, 30_000, 60_000, 120_000, 240_000, 480_000],
    )
    expect(growth).toBeLessThanOrEqual(LINEAR)
  })
})

const LOGS: Readonly<Record<string, Text>> = {
  'line ends': filled('\n'),
  'a line without end': filled('x'),
  'an object without end': filled('{"a":'),
}

describe('an audit log is verified in linear time, and so is what is none:', () => {
  it('a log of entries', async () => {
    const sizes = [100, 200, 400, 800]
    const growth = await growthOf((size) => {
      const path = join(directory, `audit-${size}`)
      let isWritten = false
      return async () => {
        if (!isWritten) await writeFile(path, logOf(size * 10))
        isWritten = true
        expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: size * 10 })
      }
    }, sizes)
    expect(growth).toBeLessThanOrEqual(LINEAR)
  })

  it.each(Object.entries(LOGS))('%s', async (_, text) => {
    const growth = await growthOf((size) => {
      const path = join(directory, 'no-audit')
      const input = text(size)
      let isWritten = false
      return async () => {
        if (!isWritten) await writeFile(path, input)
        isWritten = true
        expect(await verifyAuditLog(path)).toMatchObject({ ok: false })
      }
    })
    expect(growth).toBeLessThanOrEqual(LINEAR)
  })
})

function logOf(entries: number): string {
  let prev = '0'.repeat(64)
  let text = ''
  for (let seq = 1; seq <= entries; seq += 1) {
    const at = '2026-01-01T00:00:00.000Z'
    const event = { actor: 'a', action: 'read', subject: 'S', outcome: 'succeeded' }
    const line = JSON.stringify({ seq, at, ...event, prev })
    prev = createHash('sha256').update(line).digest('hex')
    text += `${line}\n`
  }
  return text
}

const { signerKey, verifierKey } = issueNoteKey('ct.example.com')
const checkpoint = createCheckpointSigner(signerKey).sign({
  origin: 'ct.example.com',
  size: 0,
  root: emptyRoot(),
})
const verifier = createCheckpointVerifier({ log: verifierKey })

const NOTES: Readonly<Record<string, Text>> = {
  'blank lines': filled('\n'),
  'lines of text': filled('x\n', checkpoint.replace(/\n\n[^]*/, '\n'), '\n— a AAAAAAAA\n'),
  'dashes and spaces': filled('— ', checkpoint, '\n'),
  'one long name': filled('a', `${checkpoint}— `, ' AAAAAAAA\n'),
  'one long signature': filled('AAAA', `${checkpoint}— a `, '\n'),
  'a signature that is no base64': filled('=A', `${checkpoint}— a `, '\n'),
  'many signatures': filled('— a AAAAAAAA\n', checkpoint),
}

describe('a checkpoint is read or refused in linear time up to its cap of 256 KiB, and beyond at once, if it has', () => {
  it.each(Object.entries(NOTES))('%s', async (_, text) => {
    const growth = await growthOf(
      (size) => {
        const note = text(size)
        return () => {
          try {
            verifier.verify(note)
          } catch (error) {
            expect(error).toMatchObject({ name: 'SecretError' })
          }
        }
      },
      [15_000, 30_000, 60_000, 120_000, 240_000, 480_000],
    )
    expect(growth).toBeLessThanOrEqual(LINEAR)
  })
})
