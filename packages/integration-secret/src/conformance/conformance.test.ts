import { describe, expect, it } from 'vitest'
import { newValue, openThirdParty } from '../../test/third-party.support.ts'
import { adapterChecks } from './index.ts'

const BEHAVIOURS = [
  ['holds two credentials and makes their values', { holds: 2, takesValues: false }],
  ['holds one credential and takes ours', { holds: 1, takesValues: true }],
  ['holds one credential and makes it', { holds: 1, takesValues: false }],
  ['goes on accepting for a while', { holds: 2, takesValues: true, revocationMs: 300 }],
] as const

const NAMES = adapterChecks({ url: 'https://adapter.example', key: undefined as never }).map(
  ({ name }) => name,
)

describe.each(BEHAVIOURS)('an adapter of a third party that %s', (_name, behaviour) => {
  it.each(NAMES)('%s', async (name) => {
    const { url, key, fetch } = await openThirdParty(behaviour, newValue())
    await adapterChecks({ url, key, fetch })
      .find((check) => check.name === name)
      ?.run()
  })
})

it('finds an adapter that reports two and holds one', async () => {
  const { url, key, add, fetch } = await openThirdParty({ holds: 2, takesValues: true }, newValue())
  add(newValue())
  const broken: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (init?.method !== 'GET') return response
    return Response.json({ ...((await response.json()) as object), holds: 1 })
  }
  const checks = adapterChecks({ url, key, fetch: broken })
  const failed: string[] = []
  for (const { name, run } of checks) await run().catch(() => failed.push(name))
  expect(failed).toEqual([
    'accepts as many credentials at once as it reports to hold',
    'gives the credential that replaced the only one again for its key',
  ])
})

it('finds an adapter that lists what a third party with one credential has replaced', async () => {
  const { url, key } = await openThirdParty({ holds: 1, takesValues: false }, newValue())
  const listed = new Map<string, { id: string }>()
  const forgetful: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (init?.method !== 'GET') return response
    const listing = (await response.json()) as { credentials: { id: string }[] }
    for (const one of listing.credentials) listed.set(one.id, one)
    return Response.json({ ...listing, credentials: [...listed.values()] })
  }
  const failed: string[] = []
  for (const { name, run } of adapterChecks({ url, key, fetch: forgetful })) {
    await run().catch(() => failed.push(name))
  }
  expect(failed).toContain('gives the credential that replaced the only one again for its key')
})

it('finds an adapter that takes any signature', async () => {
  const { url, key, fetch } = await openThirdParty({ holds: 2, takesValues: true }, newValue())
  const lax: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    return response.status === 401 ? Response.json({ accepted: false }) : response
  }
  const checks = adapterChecks({ url, key, fetch: lax }).slice(0, 3)
  for (const { run } of checks) await expect(run()).rejects.toThrow('200')
})
