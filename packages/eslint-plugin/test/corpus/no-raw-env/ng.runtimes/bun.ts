declare const Bun: { env: Record<string, string> }

export const key = Bun.env.RESEND_API_KEY
