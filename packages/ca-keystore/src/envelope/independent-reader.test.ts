import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { newPassphrase, newRoot } from '../../test/ca.support.ts'

const PYTHON = 'python3'
const PAGE = new URL('../../../../docs/reference/ca-key-envelope.md', import.meta.url)
const [, reader = ''] = /```python\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? []
const hasCryptography = spawnSync(PYTHON, ['-c', 'import cryptography']).status === 0

it.skipIf(!hasCryptography)(
  'the reader in the documentation, which shares no line with this package, opens what it writes',
  async () => {
    const { directory, passphrase, ca } = await newRoot()
    const file = join(directory, 'ca.key')
    const read = (input: string) => spawnSync(PYTHON, ['-c', reader, file], { input })
    const { stdout } = read(passphrase.expose())
    const key = createPrivateKey({ key: stdout, format: 'der', type: 'pkcs8' })
    expect(createPublicKey(key).equals(new X509Certificate(ca.certificate).publicKey)).toBe(true)
    expect(read(newPassphrase().expose()).status).not.toBe(0)
    const text = readFileSync(file, 'utf8')
    await writeFile(file, text.replace('"generation":1', '"generation":2'))
    expect(read(passphrase.expose()).status).not.toBe(0)
  },
)
