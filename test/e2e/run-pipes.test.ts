// @lane servers
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { REKEY } from '@rekey/test-support'
import { describe, expect, it } from 'vitest'
import { DEVELOPMENT, envLines, makeDirectory, signingSecrets, writeIn } from './service-fixture.ts'

const secrets = signingSecrets()
const { CA_PASSPHRASE_SIGNING: passphrase = '' } = secrets

/** Shell commands that run `"$@"` as their names state, show what it printed, and keep files in `$D`. */
const BETWEEN = {
  'two pipes':
    '{ { "$@"; echo "code $?"; } 2>&3 | cat > $D/out; } 3>&1 | cat > $D/err; cat $D/out; echo --; cat $D/err',
  'one file': '"$@" > $D/both 2>&1; cat $D/both',
  'a reader that leaves': '{ "$@" 2> $D/err; } | head -n 2; cat $D/err',
  'a slow reader': '"$@" | { sleep 1; ls $D; wc -c; }; ls $D',
}

/** Runs a script of the shell as it is, and by `rekey run`. */
async function compare(between: keyof typeof BETWEEN, script: string) {
  const env = {
    ...{ PATH: process.env['PATH'], ...DEVELOPMENT },
    REKEY_SECRETS: `dotenv:${await writeIn(await makeDirectory(), '.env', envLines(secrets))}`,
  }
  const show = async (...rekey: string[]) => {
    const [files, temporary] = [await makeDirectory(), await makeDirectory()]
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', BETWEEN[between], 'sh', ...rekey, 'sh', '-c', script],
      { env: { ...env, CA_PASSPHRASE_SIGNING: passphrase, D: files, TMPDIR: temporary } },
    )
    expect(await readdir(temporary)).toEqual([])
    return stdout
  }
  const rekey = [process.execPath, REKEY, 'run', 'signing', '--pass', 'D', '--']
  const [bare, masked] = await Promise.all([show(), show(...rekey)])
  return { bare, masked }
}

const OPEN = `const fs = require('node:fs')
for (const path of ['/dev/stdout', '/dev/stderr']) {
  const fd = fs.openSync(path, 'a')
  fs.writeSync(fd, 'opened ' + path + '\\n')
}
console.log([1, 2].map((fd) => fs.fstatSync(fd).isFIFO()))`

const COUNT = 'for i in $(seq 100); do echo "out $i"; echo "error $i" >&2; done'
const SECRET = 'echo $CA_PASSPHRASE_SIGNING'

describe('L5: the output of a command', { timeout: 60_000 }, () => {
  it.each([
    ['it opens /dev/stdout and /dev/stderr', 'echo a > /dev/stdout; echo b > /dev/stderr'],
    ['a program opens them as its log files', `node -e "${OPEN}"`],
    ['a reader within it leaves', 'yes | head -n 1; (yes; echo "yes $?" >&2) | head -n 1'],
    ['it cannot be run', 'exec /nowhere/command 2> /dev/null'],
  ])('is the same under rekey run where %s', async (_, script) => {
    const { bare, masked } = await compare('two pipes', script)
    expect(bare).toContain('code')
    expect(masked).toBe(bare)
  })

  it('keeps its order where one file takes standard output and error', async () => {
    const { bare, masked } = await compare('one file', `${COUNT}; (${COUNT}) 2>&1`)
    expect(bare.split('\n')).toHaveLength(401)
    expect(masked).toBe(bare)
  })

  it('ends a writer by SIGPIPE where the reader of rekey leaves', async () => {
    const { bare, masked } = await compare('a reader that leaves', 'yes; echo "yes $?" >&2')
    expect(bare).toBe('y\ny\nyes 141\n')
    expect(masked).toBe(bare)
  })

  it('waits for a slow reader, and is whole', async () => {
    const { bare, masked } = await compare(
      'a slow reader',
      'head -c 20000000 /dev/zero; touch $D/done',
    )
    expect(bare).toBe('20000000\ndone\n')
    expect(masked).toBe(bare)
  })

  it('is masked by whatever it leaves', async () => {
    const printed = `${SECRET} > /dev/stdout; ${SECRET} >> /dev/stderr; printf %.9s $CA_PASSPHRASE_SIGNING; printf '%s\\n' "\${CA_PASSPHRASE_SIGNING#?????????}" > /dev/stdout`
    const { bare, masked } = await compare('two pipes', printed)
    expect(bare.split(passphrase)).toHaveLength(4)
    expect(masked).not.toContain(passphrase.slice(9, 21))
    expect(masked.match(/\[secret CA_PASSPHRASE_SIGNING@\w+\]/g)).toHaveLength(3)
  })

  it('passes sockets where no pipe can be made, which a line reports', async () => {
    const path = await writeIn(await makeDirectory(), '.env', envLines(secrets))
    const command = [process.execPath, '-p', 'process.env.CA_PASSPHRASE_SIGNING']
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [REKEY, 'run', 'signing', '--', ...command],
      { env: { PATH: '/nowhere', ...DEVELOPMENT, REKEY_SECRETS: `dotenv:${path}` } },
    )
    expect(stdout).toMatch(/^\[secret CA_PASSPHRASE_SIGNING@\w+\]\n$/)
    expect(stderr).toMatch(/^rekey: the output of the command passes sockets.* set TMPDIR/)
  })
})
