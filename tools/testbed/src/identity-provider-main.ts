import { createInterface } from 'node:readline'
import { type IdentityProviderOptions, openIdentityProvider } from './identity-provider.ts'
import type { Answer, Ready, SecretChange } from './spawn-identity-provider.ts'

const print = (message: Ready | Answer) => process.stdout.write(`${JSON.stringify(message)}\n`)

/** Serves until SIGTERM, or until stdin ends because the parent did. */
async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin })
  process.once('SIGTERM', () => {
    input.close()
  })
  const lines = input[Symbol.asyncIterator]()
  const settings = await lines.next()
  if (settings.done === true) return
  await using provider = await openIdentityProvider(
    parseLine(settings.value) as IdentityProviderOptions,
  )
  print({ issuer: provider.issuer })
  for await (const line of lines) {
    const change = parseLine(line) as SecretChange
    print(await provider.setClientSecret(...change).then(done, refused))
  }
}

/** The parser's own message would quote the line. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Error('a line of stdin is not JSON')
  }
}

const done = (): Answer => ({})
const refused = (error: unknown): Answer => {
  return { error: error instanceof Error ? error.message : String(error) }
}

await main()
process.stdin.destroy()
