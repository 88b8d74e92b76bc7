// ---- a-placeholder
interface Props {
  passwordPlaceholder?: string
  passwordLabel?: string
}

export const texts = ({ passwordPlaceholder = 'Your password', passwordLabel }: Props) => ({
  placeholder: passwordPlaceholder,
  label: passwordLabel ?? 'Password',
})

// ---- a-redacted-value
export const safe = (options: { password?: string }) => ({
  ...options,
  password: options.password ? '[redacted]' : undefined,
})

// ---- in-another-language
export const shown = (user?: { password?: string }) =>
  user === undefined ? '' : (user.password ?? 'Зашифрован в базе')

// ---- no-token
export const label = (hovered: { token?: string }) => hovered.token ?? 'no token'

// ---- not-set.js
console.log('JWT_SECRET is', process.env.JWT_SECRET || 'not set')

// ---- nothing-to-show
export const row = (user: { apiToken?: string }) => `token: ${user.apiToken ?? 'none'}`

// ---- stars
export const shown = (visible: boolean, password: string) => (visible ? password : '••••••••')

// ---- the-type-of-an-input
export const input = (show: boolean) => ({ type: show ? 'text' : 'password' })

// ---- translations
declare function t(key: string, fallback?: string): string

export const labels = {
  password: t('password', 'Password'),
  token: t('settings.token', 'Access token'),
}
