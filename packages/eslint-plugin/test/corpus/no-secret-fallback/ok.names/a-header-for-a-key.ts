declare const options: { apiKeyHeader?: string; tokenPrefix?: string }

export const header = options.apiKeyHeader ?? 'x-api-key'
export const prefix = options.tokenPrefix || 'Bearer'
