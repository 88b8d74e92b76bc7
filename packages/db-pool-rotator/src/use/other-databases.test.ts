import { Secret, type SecretVersion } from '@rekey/secret'
import { expect, it } from 'vitest'
import { type DatabaseCredentials, postgresLogin } from '../index.ts'
import { describeOnServers } from '../../test/roles/roles.support.ts'

describeOnServers((lab) => {
  it('R56: a login that may connect to other databases has each named, with the statement that ends it', async () => {
    const login = await lab().admit()
    await lab().run('create database rekey', 'create database "it""s"')
    const version = {
      value: Secret.of(login, 'DATABASE_APP'),
    } as SecretVersion<DatabaseCredentials>
    const context = { settings: {}, signal: AbortSignal.timeout(10_000) }
    const excess = async () => (await postgresLogin().excess?.(version, context)) ?? []
    const statements = (await excess()).map((text) => text.replace(/^.*: /, ''))
    expect(statements).toEqual([
      'revoke connect on database "it""s" from public',
      'revoke connect on database "rekey" from public',
      'revoke connect on database "template1" from public',
    ])
    await lab().run(...statements)
    expect(await excess()).toEqual([])
    await lab().run('grant connect on database template1 to public')
  })
})
