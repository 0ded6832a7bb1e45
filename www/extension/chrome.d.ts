/** The extension's programming interface, for the files of this folder. */
/// <reference types="chrome" />

/** Which browser this build is for; set by webpack. */
declare const BROWSER: "chrome" | "firefox";
