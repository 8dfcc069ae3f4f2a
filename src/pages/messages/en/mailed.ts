export const mailed = {}
