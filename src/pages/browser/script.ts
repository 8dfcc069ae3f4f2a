// What makes the pages pleasant in a browser that runs scripts. Each of them works without. One module, served as it is.
export {}
