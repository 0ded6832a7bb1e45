/**
 * Tells Callseal in other tabs of the same origin what is in use in this page (docs/detection.md, "Other tabs"). Once per
 * page. Returns a function that ends it.
 */
export declare function startSensor(): () => void;
