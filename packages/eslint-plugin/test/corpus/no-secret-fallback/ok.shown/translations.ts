declare function t(key: string, fallback?: string): string

export const labels = {
  password: t('password', 'Password'),
  token: t('settings.token', 'Access token'),
}
