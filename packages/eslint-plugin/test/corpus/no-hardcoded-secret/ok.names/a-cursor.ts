export const nextPageToken = 'page-2'
export const continuationToken = 'start'
