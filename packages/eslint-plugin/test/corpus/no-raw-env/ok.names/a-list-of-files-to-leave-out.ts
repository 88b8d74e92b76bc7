const FORBIDDEN = ['/proc/self/environ', '.env', '/etc/shadow']

export const isForbidden = (path: string) => FORBIDDEN.includes(path)
