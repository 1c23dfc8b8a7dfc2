/** A request body may be this large (SPEC 2.4). */
export const bodyBytesMax = 8 * 1024 * 1024
