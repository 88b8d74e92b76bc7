import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVaultClient, openVaultSession } from '@rekey/config-loader/internal/vault'
import { kubernetesAuth } from '@rekey/config-loader/vault'
import { findForTest, type Kubernetes, openKubernetes, openVault, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const [program, apiServer, etcd] = [
  await findForTest('vault'),
  await findForTest('kube-apiserver'),
  await findForTest('etcd'),
]

const SERVICE = { namespace: 'vpn', name: 'frontend' }
const KEY = { method: 'GET', path: 'secret/data/rekey/KEY' } as const

describe.runIf(program.found && apiServer.found && etcd.found)(
  'a pod that logs in to Vault with the token of its service account',
  () => {
    let kubernetes: Kubernetes
    let vault: Vault
    let directory: string
    let jwtFile: string
    beforeAll(async () => {
      const programs = { apiServer: apiServer.path, etcd: etcd.path }
      ;[kubernetes, vault] = await Promise.all([
        openKubernetes({ programs }),
        openVault({ program: program.path }),
      ])
      await setUpKubernetes()
      await setUpVault()
      directory = await mkdtemp(join(tmpdir(), 'rekey-kubernetes-auth-'))
      jwtFile = join(directory, 'token')
    }, 180_000)
    afterAll(async () => {
      await Promise.all([kubernetes.close(), vault.close()])
      await rm(directory, { recursive: true })
    })
    beforeEach(async () => {
      await writeFile(jwtFile, `${await kubernetes.issueToken(SERVICE)}\n`)
    })

    async function setUpKubernetes() {
      await kubernetes.createNamespace('vpn')
      await kubernetes.createServiceAccount(SERVICE)
      await kubernetes.createServiceAccount({ namespace: 'vpn', name: 'other' })
      const reviewer = { namespace: 'vpn', name: 'reviewer' }
      await kubernetes.createServiceAccount(reviewer)
      await kubernetes.allowTokenReview(reviewer)
      await vault.require('POST', 'sys/auth/kubernetes', { type: 'kubernetes' })
      await vault.require('POST', 'auth/kubernetes/config', {
        kubernetes_host: kubernetes.url,
        kubernetes_ca_cert: kubernetes.caCert,
        token_reviewer_jwt: await kubernetes.issueToken(reviewer),
        disable_local_ca_jwt: true,
      })
    }

    async function setUpVault() {
      const policy = 'path "secret/data/rekey/*" { capabilities = ["read"] }'
      await vault.require('PUT', 'sys/policies/acl/frontend', { policy })
      await vault.require('POST', 'secret/data/rekey/KEY', { data: { value: 'there' } })
      await vault.require('POST', 'auth/kubernetes/role/frontend', {
        bound_service_account_names: SERVICE.name,
        bound_service_account_namespaces: SERVICE.namespace,
        token_policies: ['frontend'],
        token_ttl: '1h',
      })
    }

    const open = (role = 'frontend') =>
      openVaultSession({
        client: createVaultClient({ address: vault.address }),
        auth: kubernetesAuth({ role, jwtFile }),
        startJitterMs: 0,
      })

    const revokeTokens = () =>
      vault.require('PUT', 'sys/leases/revoke-prefix/auth/kubernetes/login')

    it('is let in by a review of the API server, and reads', async () => {
      await using session = await open()
      expect((await session.request(KEY)).data?.['data']).toEqual({ value: 'there' })
    })

    it('S15 logs in with the token that was put there since', async () => {
      await using session = await open()
      await session.request(KEY)
      await writeFile(jwtFile, 'the one before, which is over')
      await revokeTokens()
      await expect(session.request(KEY)).rejects.toMatchObject({ code: 'forbidden' })

      await writeFile(jwtFile, `\n${await kubernetes.issueToken(SERVICE)}\n`)
      const answered = () => session.request(KEY).then(({ status }) => status, String)
      await expect.poll(answered, { timeout: 30_000 }).toBe(200)
    })

    it('is refused with the token of another service account', async () => {
      await writeFile(jwtFile, await kubernetes.issueToken({ namespace: 'vpn', name: 'other' }))
      await expect(open()).rejects.toMatchObject({ code: 'forbidden' })
    })

    it('is refused once its service account is gone', async () => {
      const account = { namespace: 'vpn', name: 'leaving' }
      await kubernetes.createServiceAccount(account)
      const role = {
        bound_service_account_names: 'leaving',
        bound_service_account_namespaces: 'vpn',
      }
      await vault.require('POST', 'auth/kubernetes/role/leaving', role)
      await writeFile(jwtFile, await kubernetes.issueToken(account))
      await (await open('leaving')).close()
      const path = '/api/v1/namespaces/vpn/serviceaccounts/leaving'
      await kubernetes.request({ method: 'DELETE', path })
      const refused = () =>
        open('leaving').then(
          async (session) => {
            await session.close()
            return 'let in'
          },
          (error: unknown) => (error as { code: string }).code,
        )
      await expect.poll(refused, { timeout: 30_000, interval: 500 }).toBe('forbidden')
    })

    it('is told that there is no token file', async () => {
      await rm(jwtFile)
      await expect(open()).rejects.toMatchObject({
        code: 'missing',
        details: { path: 'the file of KUBERNETES_JWT' },
      })
    })
  },
)
