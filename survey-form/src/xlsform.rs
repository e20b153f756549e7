//! XLSForm: the sheets of a workbook to a form, with everything that is wrong with them.
