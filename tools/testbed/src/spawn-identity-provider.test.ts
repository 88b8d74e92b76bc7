import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { spawnIdentityProvider } from './index.ts'

const index = pathToFileURL(join(import.meta.dirname, 'index.ts')).href

async function answers(issuer: string): Promise<boolean> {
  try {
    return (await fetch(`${issuer}/.well-known/openid-configuration`)).ok
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

it('ends by itself when its parent was killed', async () => {
  const script = `import { spawnIdentityProvider } from '${index}'
    const provider = await spawnIdentityProvider({ clients: [] })
    console.log(provider.issuer)`
  const parent = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [issuer] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
  expect(await answers(issuer)).toBe(true)
  parent.kill('SIGKILL')
  for (let tries = 0; tries < 100 && (await answers(issuer)); tries += 1) await delay(50)
  expect(await answers(issuer)).toBe(false)
})

it('ends when disposed, twice without harm, and answers no more changes', async () => {
  const provider = await spawnIdentityProvider({ clients: [] })
  await provider[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
  expect(await answers(provider.issuer)).toBe(false)
  await expect(provider.setClientSecret('app', 'unused')).rejects.toThrow('has ended')
})

it('says so when it cannot start', async () => {
  await using first = await spawnIdentityProvider({ clients: [] })
  const port = Number(new URL(first.issuer).port)
  await expect(spawnIdentityProvider({ clients: [], port })).rejects.toThrow('has ended')
})
