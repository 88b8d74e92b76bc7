declare function loadToken(): Promise<string>

export const token = await loadToken().catch(() => undefined)
