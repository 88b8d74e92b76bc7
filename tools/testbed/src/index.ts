export { type Browser, type BrowserOptions, createBrowser, type Page } from './browser.ts'
export { findForTest, type TestProgram } from './find-for-test.ts'
export { type AbsentProgram, findProgram, type FoundProgram } from './find-program.ts'
export {
  type IdentityProvider,
  type IdentityProviderOptions,
  openIdentityProvider,
} from './identity-provider.ts'
export { installProgram } from './install-program.ts'
export { type LoggedIn, logIn, type LogInOptions } from './log-in.ts'
export { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts'
export type { ProgramName } from './programs.ts'
export type { OidcClient, TestAccount } from './registrations.ts'
export { spawnIdentityProvider } from './spawn-identity-provider.ts'
