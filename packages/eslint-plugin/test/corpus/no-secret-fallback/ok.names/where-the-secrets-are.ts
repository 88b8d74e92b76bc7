export const place = (env: Record<string, string | undefined>) => env['APP_SECRETS'] ?? 'env'
export const mode = ({ withCredentials = 'same-origin' }) => withCredentials
