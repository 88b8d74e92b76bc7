import 'reflect-metadata'
import { spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate as NodeCertificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KEY_ALGORITHMS } from '@rekey/ca-keystore/internal'
import { findForTest } from '@rekey/testbed'
import { X509Certificate, X509Crl } from '@peculiar/x509'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueFamily, type IssuedFamily } from './issue-family.ts'

const [certtool, certutil, zlint] = [
  await findForTest('certtool'),
  await findForTest('certutil'),
  await findForTest('zlint'),
]
const base = mkdtempSync(join(realpathSync(tmpdir()), 'judges-'))
afterAll(() => rm(base, { recursive: true }))

function run(program: string, args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

describe.each(KEY_ALGORITHMS)('with CA keys of %s', (algorithm) => {
  const directory = join(base, algorithm)
  const at = (name: string) => join(directory, name)
  let family: IssuedFamily

  beforeAll(async () => {
    await mkdir(directory)
    family = await issueFamily({ directory, algorithm })
  }, 60_000)

  it('openssl verifies chains and lists strictly, each certificate for its purpose, the revoked one not', () => {
    const files = ['-CAfile', at('root.pem'), '-untrusted', at('ca.pem')]
    const lists = ['-crl_check_all', '-CRLfile', at('ca.crl'), '-CRLfile', at('root.crl')]
    const strict = ['verify', '-x509_strict', '-policy_check', ...files, ...lists]
    const judge = (name: string, purpose: string) =>
      run('openssl', [...strict, '-purpose', purpose, at(`${name}.pem`)])
    for (const [name, purpose] of [
      ['client', 'sslclient'],
      ['server', 'sslserver'],
      ['service', 'sslclient'],
      ['service', 'sslserver'],
    ] as const) {
      expect({ name, ...judge(name, purpose) }).toMatchObject({ status: 0 })
    }
    expect(judge('client', 'sslserver').output).toMatch(/unsuitable certificate purpose/i)
    expect(judge('revoked', 'sslclient').output).toMatch(/certificate revoked/)
  })

  it('openssl opens recovery.pem, which is the key of the CA', async () => {
    await writeFile(at('recovery.pem'), family.recovery.pem)
    await writeFile(at('recovery.pass'), family.recovery.passphrase)
    const opening = ['-in', at('recovery.pem'), '-passin', `file:${at('recovery.pass')}`]
    const { output } = run('openssl', ['pkey', ...opening, '-pubout'])
    const { publicKey } = new NodeCertificate(family.ca.certificate)
    expect(createPublicKey(output).equals(publicKey)).toBe(true)
    expect(run('openssl', ['pkey', ...opening, '-check', '-noout'])).toMatchObject({ status: 0 })
  })

  it.runIf(certtool.found)('GnuTLS verifies chains and lists, the revoked one not', () => {
    const authorities = at('authorities.pem')
    const lists = at('lists.pem')
    spawnSync('sh', ['-c', `cat ca.pem root.pem >${authorities}; cat ca.crl root.crl >${lists}`], {
      cwd: directory,
    })
    const judge = (name: string, ...more: string[]) =>
      run(certtool.path, [
        ...['--verify', '--load-ca-certificate', authorities, '--load-crl', lists],
        ...['--infile', at(`${name}.pem`), ...more],
      ])
    for (const [name, purpose] of [
      ['client', '1.3.6.1.5.5.7.3.2'],
      ['server', '1.3.6.1.5.5.7.3.1'],
      ['service', '1.3.6.1.5.5.7.3.1'],
    ] as const) {
      const verdict = judge(name, '--verify-purpose', purpose)
      expect({ name, ...verdict }).toMatchObject({ status: 0 })
      expect(verdict.output).toContain('Verified. The certificate is trusted.')
    }
    expect(judge('revoked').output).toContain('revoked')
    for (const [list, issuer] of [
      ['ca.crl', 'ca.pem'],
      ['root.crl', 'root.pem'],
    ] as const) {
      const args = ['--verify-crl', '--load-ca-certificate', at(issuer), '--infile', at(list)]
      expect({ list, ...run(certtool.path, args) }).toMatchObject({ status: 0 })
    }
  })

  it.runIf(certutil.found && algorithm !== 'ed25519')(
    'NSS verifies certificates for their purpose, and takes the revoked one until it has the list',
    () => {
      const store = `sql:${directory}`
      const nss = (...args: string[]) => run(certutil.path, ['-d', store, ...args])
      expect(nss('-N', '--empty-password')).toMatchObject({ status: 0 })
      expect(nss('-A', '-n', 'root', '-t', 'CT,,', '-i', at('root.pem'))).toMatchObject({
        status: 0,
      })
      for (const name of ['ca', 'client', 'server', 'service', 'revoked']) {
        const added = nss('-A', '-n', name, '-t', ',,', '-i', at(`${name}.pem`))
        expect(added).toMatchObject({ status: 0 })
      }
      const judge = (name: string, usage: 'C' | 'V') =>
        nss('-V', '-n', name, '-u', usage, '-e').output
      expect([judge('client', 'C'), judge('server', 'V'), judge('service', 'V')]).toEqual(
        Array.from({ length: 3 }, () => 'certutil: certificate is valid\n'),
      )
      expect(judge('client', 'V')).not.toContain('is valid')
      expect(judge('revoked', 'C')).toContain('is valid')
      const crlutil = certutil.path.replace(/certutil$/, 'crlutil')
      run('openssl', ['crl', '-in', at('ca.crl'), '-outform', 'DER', '-out', at('ca.crl.der')])
      const imported = run(crlutil, ['-I', '-i', at('ca.crl.der'), '-d', store])
      expect(imported).toMatchObject({ status: 0 })
      expect(judge('revoked', 'C')).toContain('revoked')
      expect(judge('client', 'C')).toContain('is valid')
    },
  )

  it.runIf(zlint.found)('zlint finds nothing in any certificate or list', () => {
    const excluded = [
      // Of the Web's certificate authorities, which may not sign certificates for private clients at all.
      ...['CABF_BR', 'CABF_EV', 'CABF_CS_BR', 'CABF_SMIME_BR', 'Apple', 'Mozilla', 'ETSI_ESI'],
    ]
    for (const name of [
      'root.pem',
      'ca.pem',
      'client.pem',
      'server.pem',
      'service.pem',
      'ca.crl',
      'root.crl',
    ]) {
      const args = ['-excludeSources', excluded.join(), '-format', 'pem', at(name)]
      const { stdout } = spawnSync(zlint.path, args, { encoding: 'utf8' })
      const results = JSON.parse(stdout) as Record<string, { result: string }>
      const findings = Object.entries(results).filter(([, { result }]) =>
        ['warn', 'error', 'fatal', 'info'].includes(result),
      )
      expect({ name, findings }).toEqual({ name, findings: [] })
      expect(Object.keys(results).length).toBeGreaterThan(10)
    }
  })

  it('@peculiar/x509 reads and verifies the same', async () => {
    const { ca, root, leaves, crls } = family
    const [issuer, top] = [
      new X509Certificate(ca.certificate),
      new X509Certificate(root.certificate),
    ]
    const isSigned = (one: X509Certificate | X509Crl, by: X509Certificate) =>
      one instanceof X509Certificate
        ? one.verify({ publicKey: by, signatureOnly: true })
        : one.verify({ publicKey: by })
    for (const [name, leaf] of Object.entries(leaves)) {
      const read = new X509Certificate(leaf.certificate)
      expect({ name, isSigned: await isSigned(read, issuer) }).toEqual({ name, isSigned: true })
      expect(read.serialNumber).toBe(leaf.serial)
      expect([read.notBefore, read.notAfter]).toEqual([leaf.notBefore, leaf.notAfter])
      expect(read.subjectName.toString()).toBe(`O=Exämple, CN=${name}`)
      expect(await isSigned(read, top)).toBe(false)
    }
    const [list, rootList] = crls.map((pem) => new X509Crl(pem))
    expect(list && (await isSigned(list, issuer))).toBe(true)
    expect(rootList && (await isSigned(rootList, top))).toBe(true)
    expect(list?.entries.map(({ serialNumber }) => serialNumber)).toEqual([leaves.revoked.serial])
  })
})
