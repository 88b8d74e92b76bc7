// @lane servers
import { generateKeyPairSync, sign } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { openSource } from '../../index.ts'
import {
  openVaultFixture,
  vaultProgram,
} from '../../../../test/store/vault/vault-fixture.support.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A projected token of a service account, as the kubelet asks for it: for one audience, and soon over. */
function issueToken(lifeS: number): string {
  const exp = Math.floor(Date.now() / 1000) + lifeS
  const claims = { sub: 'system:serviceaccount:vpn:shop', aud: 'vault', iss: 'cluster', exp }
  const text = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`
}

it.runIf(vaultProgram.found)(
  'reads Vault with a projected token and fails no read while that is replaced and the token of Vault ends, again and again',
  async () => {
    const fixture = await openVaultFixture()
    onTestFinished(() => fixture[Symbol.asyncDispose]())
    const { vault, proxy } = fixture
    await vault.require('POST', 'sys/auth/jwt', { type: 'jwt' })
    const jwt_validation_pubkeys = [publicKey.export({ format: 'pem', type: 'spki' })]
    await vault.require('POST', 'auth/jwt/config', { jwt_validation_pubkeys })
    await vault.require('POST', 'auth/jwt/role/shop', {
      ...{ role_type: 'jwt', user_claim: 'sub', bound_audiences: ['vault'] },
      bound_subject: 'system:serviceaccount:vpn:shop',
      // It ends after its maximum, so that a renewal does not suffice.
      ...{ token_policies: ['rekey'], token_ttl: '2s', token_max_ttl: '4s' },
      ...{ clock_skew_leeway: -1, expiration_leeway: -1 },
    })
    const file = await fixture.write('jwt', issueToken(5))
    const project = async () => rename(await fixture.write('jwt.next', issueToken(5)), file)
    await using source = await openSource('vault:secret/rekey', {
      env: {
        ...{ VAULT_ADDR: proxy.address, REKEY_VAULT_AUTH: 'kubernetes' },
        ...{ REKEY_VAULT_AUTH_MOUNT: 'jwt', REKEY_VAULT_ROLE: 'shop', REKEY_VAULT_JWT_FILE: file },
      },
      startJitterMs: 0,
    })
    const over = AbortSignal.timeout(20_000)
    const reads = { done: 0, failures: [] as unknown[] }
    const work = async () => {
      while (!over.aborted) {
        await source.read('KEY').then(
          () => (reads.done += 1),
          (error: unknown) => reads.failures.push(error),
        )
        await delay(5)
      }
    }
    const replace = async () => {
      while (!over.aborted) {
        await delay(1_000)
        await project()
      }
    }
    await Promise.all([work(), work(), work(), replace()])
    expect(reads.failures).toEqual([])
    expect(reads.done).toBeGreaterThan(100)
    // Each login is with a token of the last seconds: the first is over after five.
    expect(proxy.count(/auth\/jwt\/login/)).toBeGreaterThan(4)
  },
  60_000,
)
