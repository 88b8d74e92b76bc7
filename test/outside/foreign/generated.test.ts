// @lane servers
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PACKAGES } from '@rekey/test-packed'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adoptApplication, observeBefore } from './adopt.ts'
import { readApplications } from './applications.ts'
import { publishRekey, type PublishedRekey } from './published-rekey.ts'
import { leftOn, recordOf } from './record.ts'

const TIMEOUT_MS = 300_000
const SMALL = ['express-generator', 'fastify-cli']

const gitleaks = await findForTest('gitleaks')

describe.runIf(gitleaks.found)('an application of a generator', { timeout: TIMEOUT_MS }, () => {
  let rekey: PublishedRekey
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekey-generated-'))
    rekey = await publishRekey(PACKAGES)
  }, TIMEOUT_MS)

  afterAll(async () => {
    await rekey[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const small = readApplications('known').filter(({ name }) => SMALL.includes(name))

  it.each(small)(
    'of $name starts as before, and the gate finds what is true',
    async (application) => {
      const cwd = await mkdtemp(join(folder, 'application-'))
      const place = { cwd, env: rekey.env }
      const before = await observeBefore(application, place, new Map())
      const adopting = { before, place, rekey: rekey.rekey }
      const adoption = await adoptApplication(application, adopting, new Map())
      expect(leftOn(recordOf(application, adoption))).toEqual([])
    },
  )
})
