export type Environment = typeof process.env

export interface Context {
  readonly env: NodeJS.ProcessEnv
  readonly process: typeof process
}
