// The signer process: the only one that holds the key of a CA, or is logged in to the token that does.
import './guard.ts'
import process from 'node:process'

// Late, since a bundle loads all that a file imports before its first line.
const { runSigner } = await import('./run-signer.ts')
await runSigner(process)
