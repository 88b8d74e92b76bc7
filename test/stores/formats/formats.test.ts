import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { SecretError } from '@rekey/secret'
import { type DocumentName, FORMATS } from '@rekey/secret/internal'
import { recallScrypt } from '@rekey/testbed/recall-scrypt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIT_READERS } from './audit-documents.ts'
import { caReaders } from './ca-documents.ts'
import { closeDatabase, ROTATOR_READERS } from './rotator-documents.ts'
import { type FormatReader, STORE_READERS, VALUE } from './store-documents.ts'

recallScrypt()

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-formats-'))
})
afterAll(async () => {
  await closeDatabase()
  await rm(root, { recursive: true })
})

/** Each document, with every reader of it. */
const READERS: Readonly<Record<DocumentName, readonly FormatReader[]>> = {
  ...STORE_READERS,
  ...ROTATOR_READERS,
  ...AUDIT_READERS,
  ...caReaders(() => root),
}

const CASES = Object.entries(READERS).flatMap(([name, readers]) =>
  readers.map((read, at) => ({ name: name as DocumentName, reader: at + 1, read })),
)

async function refusalOf(read: () => unknown): Promise<unknown> {
  try {
    await read()
    return undefined
  } catch (error) {
    return error
  }
}

describe.each(CASES)('$name, by reader $reader', { timeout: 60_000 }, ({ name, read }) => {
  it('is refused in a newer format, with what to upgrade and no content', async () => {
    const { what, newest, reader } = FORMATS[name]
    const error = await refusalOf(() => read(newest + 1))
    expect(error).toBeInstanceOf(SecretError)
    const { code, message, details } = error as SecretError
    const sentence = `has format ${newest + 1}, and this release reads up to format ${newest}: upgrade ${reader} first`
    expect(message).toContain(sentence)
    expect(message.startsWith(what)).toBe(true)
    expect({ code, reason: details['reason'] }).toEqual({ code: 'refused', reason: 'format' })
    expect(inspect(error, { depth: 5 })).not.toContain(VALUE)
  })
})
