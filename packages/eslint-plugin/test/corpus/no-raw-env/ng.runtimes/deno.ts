declare const Deno: { env: { get(name: string): string | undefined } }

export const key = Deno.env.get('RESEND_API_KEY')
