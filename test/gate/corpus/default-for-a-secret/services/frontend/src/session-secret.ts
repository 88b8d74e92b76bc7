interface Settings {
  readonly sessionSecret?: string
}

export function sessionSecretOf(settings: Settings): string {
  return settings.sessionSecret ?? 'change-me'
}
