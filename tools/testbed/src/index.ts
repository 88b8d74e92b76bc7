export { type AwsServer, type AwsServerOptions, openAwsServer } from './aws-server.ts'
export {
  type Browser,
  type BrowserOptions,
  createBrowser,
  type LoggedIn,
  logIn,
  type LogInOptions,
  type Page,
} from './browser.ts'
export { isExhaustive } from './exhaustive.ts'
export { type FerretDb, openFerretDb } from './ferretdb.ts'
export { findFreePort, findFreePorts } from './free-ports.ts'
export {
  type AbsentProgram,
  findForTest,
  findPostgresServers,
  findProgram,
  type FoundProgram,
  type PostgresServer,
  type TestProgram,
} from './find-program.ts'
export {
  type IdentityProvider,
  type IdentityProviderOptions,
  openIdentityProvider,
} from './identity-provider.ts'
export { type Kafka, type KafkaOptions, openKafka } from './kafka.ts'
export { type Keycloak, type KeycloakOptions, openKeycloak } from './keycloak.ts'
export type { KeycloakRealm, KeycloakRealmOptions } from './keycloak-realm.ts'
export { installProgram } from './install-program.ts'
export { createKubelet, type Kubelet } from './kubelet.ts'
export { lateBy } from './late-view.ts'
export { throttled, type Throttled } from './throttled.ts'
export {
  type KubeletVolume,
  type KubeletVolumeOptions,
  openKubeletVolume,
  type VolumeFile,
} from './kubelet-volume.ts'
export { type Kubernetes, type KubernetesOptions, openKubernetes } from './kubernetes.ts'
export { type MariaDb, type MariaDbOptions, openMariaDb } from './mariadb.ts'
export { openOutside, type Outside, type OutsideAnswer, type OutsideRequest } from './outside.ts'
export { openPgBouncer, type PgBouncer, type PgBouncerOptions } from './pgbouncer.ts'
export { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts'
export type { ProgramName } from './programs.ts'
export { createRandom } from './random.ts'
export { openRabbitMq, type RabbitMq } from './rabbitmq.ts'
export { openRedis, type Redis, type RedisOptions } from './redis.ts'
export type { OidcClient, RegisteredClient, TestAccount } from './registrations.ts'
export { compileModule, runCompiled } from './run-compiled.ts'
export { runSourceFlags } from './run-source.ts'
export { openSoftHsm, type SoftHsm, type TestToken, type TestTokenKey } from './softhsm.ts'
export { spawnIdentityProvider } from './spawn-identity-provider.ts'
export { openSpire, type Spire } from './spire.ts'
export { openVault, type Vault, type VaultOptions } from './vault.ts'
export type { VaultAdmin, VaultBody, VaultReply } from './vault-admin.ts'
export type { VaultAudit } from './vault-audit.ts'
export { openTlsFront, type TlsFront } from './tls-front.ts'
