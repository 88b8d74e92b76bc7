/** The part of convict that is compared here. Its own types come in a package of their own. */
declare module 'convict' {
  interface Format {
    readonly format: unknown
    readonly default: unknown
    readonly env: string
    readonly sensitive?: boolean
  }

  interface Config {
    validate(options: { allowed: 'strict' }): Config
    getProperties(): Record<string, unknown>
  }

  export default function convict(
    schema: Readonly<Record<string, Format>>,
    options: { env: Readonly<Record<string, string>>; args: readonly string[] },
  ): Config
}
