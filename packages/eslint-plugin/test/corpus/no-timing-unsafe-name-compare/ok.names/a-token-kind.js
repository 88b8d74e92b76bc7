export const isRefresh = (token, kind) => token.kind === kind && token.tokenType === token.type
