export const read = (url: URL) => url.searchParams.get('token') || ''
