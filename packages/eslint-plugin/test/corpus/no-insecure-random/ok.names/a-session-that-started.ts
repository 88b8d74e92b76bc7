export const session = { id: 1, startedAt: Date.now(), token: undefined }
