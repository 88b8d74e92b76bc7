export const trace = (req) => console.log({ ...req.headers, authorization: undefined })
