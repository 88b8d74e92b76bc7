declare const env: Record<string, string>

export const secret = env.SESSION_SECRET ? env.SESSION_SECRET : 'dev'
